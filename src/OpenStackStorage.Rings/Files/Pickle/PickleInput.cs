using System.Buffers.Binary;
using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>The bytes of a pickle: each read is checked against the end, each error names the offset.</summary>
internal ref struct PickleInput(ReadOnlySpan<byte> bytes, string name)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the opcode that is being carried out stands; errors name it.</summary>
    public int OpcodeOffset { get; set; }

    public int Position { get; set; }

    public readonly int Length => _bytes.Length;

    public readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    public byte ReadByte() => Read(1)[0];

    public ReadOnlySpan<byte> Read(uint length)
    {
        if (length > _bytes.Length - Position)
            throw Corrupt($"{length} bytes are needed, but the file ends after {_bytes.Length - Position}");
        ReadOnlySpan<byte> part = _bytes.Slice(Position, (int)length);
        Position += part.Length;
        return part;
    }

    public uint ReadLength() => BinaryPrimitives.ReadUInt32LittleEndian(Read(4));

    /// <summary>The text up to a line feed, which is skipped.</summary>
    public ReadOnlySpan<byte> ReadLine()
    {
        int length = Rest.IndexOf((byte)'\n');
        if (length < 0)
            throw Corrupt("a line has no end");
        ReadOnlySpan<byte> line = Read((uint)length);
        Position++;
        return line;
    }

    /// <summary>LONG1 and LONG4: a two's complement number, little end first.</summary>
    public long ReadLong(uint length)
    {
        ReadOnlySpan<byte> bytes = Read(length);
        long value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i >= 8 && bytes[i] != (byte)(value >> 63))
                throw Corrupt($"an integer of {length} bytes is larger than any number in a ring");
            if (i < 8)
                value |= (long)bytes[i] << (8 * i);
        }

        if (bytes.Length is > 0 and < 8)
            value = value << (64 - (8 * bytes.Length)) >> (64 - (8 * bytes.Length));
        return value;
    }

    public readonly long ParseInteger(ReadOnlySpan<byte> digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Corrupt("an integer in digits can't be read, or has more than 64 bits");

    public readonly double ParseFloat(ReadOnlySpan<byte> digits) =>
        double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Corrupt("a float in digits can't be read");

    public readonly string DecodeText(ReadOnlySpan<byte> utf8) =>
        PythonText.TryFromUtf8(utf8, out string? text) ? text : throw Corrupt("a text is not UTF-8");

    public readonly RingException Corrupt(string what) => Error(ErrorIds.RingFileCorrupt, what);

    public readonly RingException NotSupported(string what) => Error(ErrorIds.RingFileNotSupported, what);

    public readonly RingException Unsafe(string what) => Error(ErrorIds.RingFileUnsafe, what);

    private readonly RingException Error(ErrorId id, string what) =>
        new(id, string.Create(CultureInfo.InvariantCulture, $"'{name}', byte {OpcodeOffset}: {what}.")) { Target = name, Found = what };
}
