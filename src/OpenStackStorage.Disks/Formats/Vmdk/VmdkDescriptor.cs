using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// The text that describes a disk: its identity, its parent and its extents. Source: "Virtual Disk Format 5.0", "Layout
/// Basics", "The Descriptor File". A line that means nothing, and a field that is there twice, are refused: readers
/// disagree on such text.
/// </summary>
internal sealed class VmdkDescriptor
{
    /// <summary>Bytes; qemu's limit (block/vmdk.c).</summary>
    public const int MaximumLength = (1 << 20) - 1;

    public const int MaximumExtents = 1000;

    /// <summary>The parentCID of a disk without a parent ("The Header").</summary>
    public const uint NoParent = uint.MaxValue;

    private readonly Dictionary<string, (string Value, long Position)> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<VmdkExtentLine> _extents = [];
    private readonly BlockDevice _device;
    private readonly long _start;

    private VmdkDescriptor(BlockDevice device, long start) => (_device, _start) = (device, start);

    /// <summary>CID: changes when the disk's content does.</summary>
    public uint ContentId { get; private set; }

    /// <summary>parentCID: the CID that the parent had when this disk was made from it; <see cref="NoParent"/> without one.</summary>
    public uint ParentContentId { get; private set; }

    public string CreateType { get; private set; } = "";

    /// <summary>parentFileNameHint; null without a parent.</summary>
    public string? ParentName { get; private set; }

    public IReadOnlyList<VmdkExtentLine> Extents => _extents;

    /// <summary>Bytes of all extents together.</summary>
    public long VirtualSize { get; private set; }

    /// <summary>Byte of the file at which the field's line starts.</summary>
    public long PositionOf(string field) => _fields.TryGetValue(field, out (string Value, long Position) found) ? found.Position : _start;

    /// <summary>A field's value without its quotes; null when there is no such field.</summary>
    public string? this[string field] => _fields.TryGetValue(field, out (string Value, long Position) found) ? found.Value : null;

    /// <param name="offset">Byte of the file at which the text starts.</param>
    /// <param name="length">Bytes that may belong to it; it ends at the first NUL.</param>
    public static VmdkDescriptor Read(BlockDevice device, long offset, int length)
    {
        byte[] bytes = new byte[length];
        device.Read(new HostOffset(offset), bytes);
        int end = bytes.AsSpan().IndexOf((byte)0);
        VmdkDescriptor descriptor = new(device, offset);
        // One character for each byte, so that positions are bytes.
        descriptor.ReadLines(Encoding.Latin1.GetString(bytes, 0, end < 0 ? length : end));
        descriptor.Validate();
        return descriptor;
    }

    private void ReadLines(string text)
    {
        for (int position = 0; position < text.Length;)
        {
            int end = text.IndexOf('\n', position);
            if (end < 0)
                end = text.Length;
            ReadOnlySpan<char> line = text.AsSpan(position, end - position).Trim(" \t\r\v\f");
            if (!line.IsEmpty && line[0] != '#')
                ReadLine(line, _start + position);
            position = end + 1;
        }
    }

    private void ReadLine(ReadOnlySpan<char> line, long position)
    {
        if (VmdkExtentLine.IsExtent(line))
        {
            if (_extents.Count == MaximumExtents)
                throw Corrupt(position, "extent description", $"more than {MaximumExtents} extents", $"at most {MaximumExtents}");
            VmdkExtentLine extent = VmdkExtentLine.Parse(_device, line, position);
            if (extent.Sectors > (long.MaxValue - VirtualSize) / VmdkSparseHeader.SectorSize)
                throw Corrupt(position, "extent size", $"{extent.Sectors} sectors", "extents of less than 2^63 bytes together");
            if (extent.Name is not null && _extents.Exists(other => string.Equals(other.Name, extent.Name, StringComparison.OrdinalIgnoreCase)))
                throw Corrupt(position, "extent file name", $"'{extent.Name}' again", "a file of its own for each extent");
            VirtualSize += extent.Sectors * VmdkSparseHeader.SectorSize;
            _extents.Add(extent);
            return;
        }

        int equals = line.IndexOf('=');
        if (equals <= 0)
            throw Corrupt(position, "descriptor", $"the line '{VmdkExtentLine.Shorten(line)}'", "a comment, a field or an extent");
        string name = line[..equals].Trim().ToString();
        if (!_fields.TryAdd(name, (Unquote(line[(equals + 1)..].Trim()), position)))
            throw Corrupt(position, name, "the field a second time", "each field once");
    }

    private void Validate()
    {
        if (_fields.TryGetValue("version", out (string Value, long Position) version) && version.Value is not ("1" or "2" or "3"))
            throw new ImageFeatureException(_device, $"descriptor version '{VmdkExtentLine.Shorten(version.Value)}' (1 to 3 are read)");
        if (_fields.Keys.FirstOrDefault(name => name.StartsWith("encryption", StringComparison.OrdinalIgnoreCase)) is { } encrypted)
            throw new ImageFeatureException(_device, $"encryption (the descriptor's {encrypted})");
        ContentId = ReadContentId("CID");
        ParentContentId = ReadContentId("parentCID");
        CreateType = this["createType"] ?? throw Corrupt(_start, "createType", "none", "one");
        ParentName = this["parentFileNameHint"];
        if (ParentContentId == NoParent && ParentName is not null)
            throw Corrupt(PositionOf("parentFileNameHint"), "parentFileNameHint", "a parent's name with the parentCID ffffffff, which means none", "both or neither");
        if (ParentContentId != NoParent && string.IsNullOrEmpty(ParentName))
            throw Corrupt(PositionOf("parentCID"), "parentFileNameHint", $"none with the parentCID {ParentContentId:x8}", "the parent's file name");
        if (_extents.Count == 0)
            throw Corrupt(_start, "extent description", "no extents", "at least one");
    }

    private uint ReadContentId(string field)
    {
        string? text = this[field];
        return text is { Length: <= 8 } && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint id)
            ? id
            : throw Corrupt(PositionOf(field), field, text is null ? "none" : $"'{VmdkExtentLine.Shorten(text)}'", "up to 8 hexadecimal digits");
    }

    private static string Unquote(ReadOnlySpan<char> value) =>
        VmdkExtentLine.Decode(value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value);

    private ImageFormatException Corrupt(long position, string field, string found, string expected) => new(_device, position, field, found, expected);
}
