using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>What an extent is stored as. Source: "Virtual Disk Format 5.0", "The Extents".</summary>
internal enum VmdkExtentType
{
    /// <summary>The guest's bytes as they are; VMFS is the same on an ESX file system.</summary>
    Flat,

    /// <summary>Grains behind a "KDMV" header.</summary>
    Sparse,

    /// <summary>Grains behind a "COWD" header, for snapshots on ESX.</summary>
    VmfsSparse,

    /// <summary>Grains behind a header 0xcafebabe, for snapshots on ESX 6.5 and later.</summary>
    SeSparse,

    /// <summary>Zeroes, without a file.</summary>
    Zero,
}

/// <summary>One extent as its descriptor has it: access, sectors, type, file name and, for flat ones, the sector where it starts there.</summary>
/// <param name="Position">Byte of the descriptor's file at which the line starts.</param>
internal sealed record VmdkExtentLine(long Sectors, VmdkExtentType Type, string? Name, long Offset, long Position)
{
    private const int ShownLength = 60;

    /// <summary>RDONLY.</summary>
    public bool IsReadOnly { get; private init; }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public long Length => Sectors * VmdkSparseHeader.SectorSize;

    /// <summary>True for a line that starts with an access mode.</summary>
    public static bool IsExtent(ReadOnlySpan<char> line) => Access(line) is "RW" or "RDONLY" or "NOACCESS";

    public static VmdkExtentLine Parse(BlockDevice device, ReadOnlySpan<char> line, long position)
    {
        ReadOnlySpan<char> rest = line;
        string access = NextWord(ref rest).ToString().ToUpperInvariant();
        ReadOnlySpan<char> size = NextWord(ref rest);
        if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long sectors) || sectors == 0)
            throw Corrupt("extent size", $"'{Shorten(size)}'", "sectors, 1 or more");
        string typeName = NextWord(ref rest).ToString().ToUpperInvariant();
        if (access == "NOACCESS")
            throw new ImageFeatureException(device, "an extent without access (NOACCESS)");
        VmdkExtentType type = typeName switch
        {
            "FLAT" or "VMFS" => VmdkExtentType.Flat,
            "SPARSE" => VmdkExtentType.Sparse,
            "VMFSSPARSE" => VmdkExtentType.VmfsSparse,
            "SESPARSE" => VmdkExtentType.SeSparse,
            "ZERO" => VmdkExtentType.Zero,
            "VMFSRDM" or "VMFSRAW" => throw new ImageFeatureException(device, $"an extent on a device ({typeName})"),
            _ => throw Corrupt("extent type", $"'{Shorten(typeName)}'", "FLAT, VMFS, SPARSE, VMFSSPARSE, SESPARSE or ZERO"),
        };

        string? name = null;
        if (type != VmdkExtentType.Zero)
        {
            int quote = rest.Length > 0 && rest[0] == '"' ? rest[1..].IndexOf('"') : -1;
            if (quote <= 0)
                throw Corrupt("extent file name", $"'{Shorten(rest)}'", "a name in quotes");
            name = Decode(rest.Slice(1, quote));
            rest = rest[(quote + 2)..].TrimStart();
        }

        long offset = 0;
        ReadOnlySpan<char> offsetText = NextWord(ref rest);
        bool hasOffset = !offsetText.IsEmpty;
        if (hasOffset && (type != VmdkExtentType.Flat || !long.TryParse(offsetText, NumberStyles.None, CultureInfo.InvariantCulture, out offset)))
            throw Corrupt("extent offset", $"'{Shorten(offsetText)}'", type == VmdkExtentType.Flat ? "sectors" : "nothing behind the file name");
        if (typeName == "FLAT" && !hasOffset)
            throw Corrupt("extent offset", "none", "the sector of the file at which the flat extent starts");
        return new VmdkExtentLine(sectors, type, name, offset, position) { IsReadOnly = access == "RDONLY" };

        ImageFormatException Corrupt(string field, string found, string expected) => new(device, position, field, found, expected);
    }

    /// <summary>Text of the descriptor's bytes: UTF-8 where they are that, otherwise one character a byte.</summary>
    public static string Decode(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
            return text.ToString();
        try
        {
            return StrictUtf8.GetString(Encoding.Latin1.GetBytes(text.ToArray()));
        }
        catch (DecoderFallbackException)
        {
            return text.ToString();
        }
    }

    /// <summary>Text of an image for a message: printable and short.</summary>
    public static string Shorten(ReadOnlySpan<char> text)
    {
        StringBuilder shown = new();
        foreach (char character in text[..Math.Min(ShownLength, text.Length)])
            shown.Append(char.IsControl(character) ? '?' : character);
        return text.Length > ShownLength ? $"{shown}..." : shown.ToString();
    }

    private static string Access(ReadOnlySpan<char> line) => NextWord(ref line) is { Length: <= 8 } word ? word.ToString().ToUpperInvariant() : "";

    private static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOfAny(' ', '\t');
        ReadOnlySpan<char> word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[end..].TrimStart(" \t");
        return word;
    }
}
