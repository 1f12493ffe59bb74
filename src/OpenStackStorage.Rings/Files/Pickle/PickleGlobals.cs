using System.Runtime.InteropServices;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>The allow-list: every importable name that a pickle may mention, and what calling it gives.</summary>
internal static class PickleGlobals
{
    private const string ArrayClass = "array.array";
    private const string CodecsEncode = "_codecs.encode";
    private const string Reconstructor = "copy_reg._reconstructor";
    private const int LongestNameShown = 80;

    /// <summary>Until February 2011 the builder was pickled as an object (swift commit fc6391ea5), and with it the ring that it had made last.</summary>
    private static readonly string[] Allowed =
    [
        ArrayClass, CodecsEncode, Reconstructor, "__builtin__.object",
        "swift.ring_builder.RingBuilder", "swift.common.ring.builder.RingBuilder", "swift.common.ring.ring.RingData",
    ];

    public static PickleGlobal Find(ref PickleInput input, ReadOnlySpan<byte> module, ReadOnlySpan<byte> attribute)
    {
        string name = $"{Encoding.Latin1.GetString(module)}.{Encoding.Latin1.GetString(attribute)}";
        foreach (string allowed in Allowed)
        {
            if (allowed == name)
                return new PickleGlobal(allowed);
        }

        string shown = new([.. name.Take(LongestNameShown).Select(c => c is >= ' ' and <= '~' ? c : '?')]);
        throw input.Unsafe($"the file names '{shown}', which Python would run; a builder needs no other than array.array");
    }

    public static object Call(ref PickleInput input, PickleGlobal callable, object?[] arguments) => (callable.Name, arguments) switch
    {
        (ArrayClass, [string { Length: 1 } code, var items]) => MakeArray(ref input, code[0], items),
        (CodecsEncode, [string text, string encoding]) => Encode(ref input, text, encoding),
        (Reconstructor, [PickleGlobal { Name: var name }, PickleGlobal { Name: "__builtin__.object" }, null]) when IsClass(name) => new PythonObject(name),
        (var name, []) when IsClass(name) => new PythonObject(name),
        _ => throw input.Corrupt($"{callable.Name} can't be called with these {arguments.Length} arguments"),
    };

    private static bool IsClass(string name) => name.StartsWith("swift.", StringComparison.Ordinal);

    private static PythonArray MakeArray(ref PickleInput input, char code, object? items)
    {
        Array? data = (code, items) switch
        {
            ('B', PythonList list) => list.Take<byte>(),
            ('H', PythonList list) => list.Take<ushort>(),
            ('I' or 'L', PythonList list) => list.Take<uint>(),
            // Python 2.6 and before wrote the array's memory.
            ('B', _) => FromMemory<byte>(items),
            ('H', _) => FromMemory<ushort>(items),
            ('I', _) => FromMemory<uint>(items),
            _ => null,
        };
        return data is null
            ? throw input.Corrupt($"an array of type '{code}' holds what is no such number")
            : new PythonArray(data);
    }

    private static T[]? FromMemory<T>(object? items)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = items switch
        {
            PythonBytes raw => raw.Bytes,
            string ascii => Encoding.Latin1.GetBytes(ascii),
            _ => default,
        };
        return (items is null or PythonList) || bytes.Length % Marshal.SizeOf<T>() != 0 ? null : MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }

    /// <summary>How Python 3 writes bytes in protocol 2.</summary>
    private static PythonBytes Encode(ref PickleInput input, string text, string encoding)
    {
        if (encoding is not ("latin1" or "latin-1") || text.AsSpan().ContainsAnyExceptInRange('\0', 'ÿ'))
            throw input.Corrupt("bytes are not encoded as Python does");
        return new PythonBytes(Encoding.Latin1.GetBytes(text));
    }
}
