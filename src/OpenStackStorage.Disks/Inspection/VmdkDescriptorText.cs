using System.Buffers;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// A VMDK descriptor as oslo.utils judges it: it ends at the first NUL, letters of either case are the same,
/// and a line that is not understood is a reason to refuse. For inspection only.
/// </summary>
internal readonly struct VmdkDescriptorText
{
    private const int MaximumTypeLength = 63;

    private readonly byte[] _lower; // up to the first NUL, in lower case
    private readonly int _nonAscii; // position of the first byte above 127, or -1

    private VmdkDescriptorText(byte[] lower, int nonAscii)
    {
        _lower = lower;
        _nonAscii = nonAscii;
    }

    /// <summary>The bytes of text: printable ASCII and white space.</summary>
    public static SearchValues<byte> Printable { get; } =
        SearchValues.Create([.. "\t\n\v\f\r\u001c\u001d\u001e\u001f"u8, .. Enumerable.Range(' ', '~' - ' ' + 1).Select(value => (byte)value)]);

    public bool IsEmpty => _lower.Length == 0;

    /// <summary>True when a createType stands in the text.</summary>
    public bool HasType => TypeKey(_lower) >= 0;

    /// <summary>True for the two kinds that hold all their data in the one file.</summary>
    public bool HasAcceptedType => Type(out _).SequenceEqual("monolithicsparse"u8) || Type(out _).SequenceEqual("streamoptimized"u8);

    public static VmdkDescriptorText Parse(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        byte[] lower = (end < 0 ? bytes : bytes[..end]).ToArray();
        int nonAscii = lower.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
        Ascii.ToLowerInPlace(lower.AsSpan(0, nonAscii < 0 ? lower.Length : nonAscii), out _);
        return new VmdkDescriptorText(lower, nonAscii);
    }

    /// <summary>qemu's rule: after comments and blank lines comes "version=1", 2 or 3.</summary>
    public static bool BeginsWithVersion(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref text);
            ReadOnlySpan<byte> content = line[Ascii.Trim(line)];
            if (content.IsEmpty || line[0] == '#')
                continue;
            return line.Length > 8 && line.StartsWith("version="u8) && line[8] is >= (byte)'1' and <= (byte)'3' && content.Length == 9;
        }

        return false;
    }

    /// <summary>The first thing that OpenStack does not accept, and its position in the text; null when there is none.</summary>
    public (string Message, int Position)? Check()
    {
        if (_nonAscii >= 0)
            return ("The descriptor is not ASCII text.", _nonAscii);
        if (!HasAcceptedType)
        {
            ReadOnlySpan<byte> type = Type(out int position);
            return (position < 0 ? "The descriptor has no valid createType."
                : $"The createType '{Encoding.ASCII.GetString(type)}' is not accepted, only monolithicSparse and streamOptimized are.", Math.Max(0, position));
        }

        (string, int)? badExtent = null;
        bool hasExtents = false;
        ReadOnlySpan<byte> rest = _lower;
        while (!rest.IsEmpty)
        {
            int position = _lower.Length - rest.Length;
            ReadOnlySpan<byte> line = NextLine(ref rest);
            line = line.Trim("\t\n\v\f\r\u001c\u001d\u001e\u001f "u8);
            if (line.IsEmpty || line[0] == '#' || line.StartsWith("ddb"u8) || IsField(line))
                continue;
            if (!IsExtent(line))
                return ("The descriptor has a line that is none of comment, ddb, field and extent.", position);
            hasExtents = true;
            if (line.ContainsAny((byte)'/', (byte)'\\'))
                badExtent ??= ("An extent's file name leads to another folder.", position);
        }

        return hasExtents ? badExtent : ("The descriptor names no extents.", 0);
    }

    /// <summary>The position of the line that makes the image a child of another; null when there is none.</summary>
    public int? FindParent()
    {
        ReadOnlySpan<byte> rest = _lower;
        while (!rest.IsEmpty)
        {
            int position = _lower.Length - rest.Length;
            ReadOnlySpan<byte> line = NextLine(ref rest);
            line = line[Ascii.Trim(line)];
            if (line.StartsWith("parentfilenamehint"u8) || line.StartsWith("parentcid="u8) && !line.SequenceEqual("parentcid=ffffffff"u8))
                return position;
        }

        return null;
    }

    /// <summary>A single word, "=" and a value.</summary>
    private static bool IsField(ReadOnlySpan<byte> line)
    {
        int equals = line.IndexOf((byte)'=');
        return equals >= 0 && !line[..equals].Contains((byte)' ');
    }

    private static bool IsExtent(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> access = space < 0 ? line : line[..space];
        return access.SequenceEqual("rw"u8) || access.SequenceEqual("rdonly"u8) || access.SequenceEqual("noaccess"u8);
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return line;
    }

    private static int TypeKey(ReadOnlySpan<byte> lower) => lower.IndexOf("createtype=\""u8);

    /// <summary>The createType in lower case; the position is negative when there is none, it has no end, is too long or not printable.</summary>
    private ReadOnlySpan<byte> Type(out int position)
    {
        int key = TypeKey(_lower);
        position = -1;
        if (key < 0)
            return default;
        int start = key + "createtype=\""u8.Length;
        int length = _lower.AsSpan(start).IndexOf((byte)'"');
        if (length is < 0 or > MaximumTypeLength || _lower.AsSpan(start, length).ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return default;
        position = start;
        return _lower.AsSpan(start, length);
    }
}
