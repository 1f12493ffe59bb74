using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>How a differencing disk knows its parent: by identity, and by names. Source: [MS-VHDX] 2.6.2.6.</summary>
internal sealed record VhdxParentLocator
{
    private const int HeaderLength = 20; // type 16, reserved 2, entry count 2
    private const int EntryLength = 12; // key offset 4, value offset 4, key length 2, value length 2

    private static readonly Guid VhdxType = new("B04AEFB7-D19E-4A81-B789-25B8E9445913");

    /// <summary>The parent's DataWriteGuid.</summary>
    public required Guid Linkage { get; init; }

    /// <summary>What the parent's DataWriteGuid may be as well, while a merge into it is under way.</summary>
    public Guid? Linkage2 { get; init; }

    public string? RelativePath { get; init; }

    public string? VolumePath { get; init; }

    public string? AbsolutePath { get; init; }

    /// <summary>The name to show: the first of those that are tried (2.6.2.6.3).</summary>
    public string Name => RelativePath ?? VolumePath ?? AbsolutePath!;

    public bool IsIdentity(Guid dataWriteGuid) => dataWriteGuid == Linkage || dataWriteGuid == Linkage2;

    /// <param name="offset">Where the item stands in the file.</param>
    public static VhdxParentLocator Parse(BlockDevice content, long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength)
            throw new ImageFormatException(content, offset, "Parent Locator", $"{bytes.Length} bytes", $"at least {HeaderLength}");
        Guid type = new(bytes[..16]);
        if (type != VhdxType)
            throw new ImageFeatureException(content, $"parent locator type {type} (at byte {offset})");
        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
        if (count > (bytes.Length - HeaderLength) / EntryLength)
            throw new ImageFormatException(content, offset + 18, "Parent Locator KeyValueCount", $"{count}", $"at most what {bytes.Length} bytes hold");

        // All entries may name one long string: what is decoded is bounded by the few keys that are known.
        Dictionary<string, string> values = [];
        for (int i = 0; i < count; i++)
        {
            int at = HeaderLength + (i * EntryLength);
            ReadOnlySpan<byte> entry = bytes.Slice(at, EntryLength);
            ReadOnlySpan<byte> key = Text(content, offset, bytes, at, entry, valueOf: false, i);
            ReadOnlySpan<byte> value = Text(content, offset, bytes, at, entry, valueOf: true, i);
            if (KnownKey(key) is not { } name)
                continue;
            if (!values.TryAdd(name, Encoding.Unicode.GetString(value)))
                throw new ImageFormatException(content, offset + at, $"Parent Locator entry {i}", $"the key {name} a second time", "each key once");
        }

        Guid? linkage = Identity(content, offset, values, "parent_linkage");
        VhdxParentLocator locator = new()
        {
            Linkage = linkage ?? throw new ImageFormatException(content, offset, "Parent Locator parent_linkage", "none", "the parent's DataWriteGuid"),
            Linkage2 = Identity(content, offset, values, "parent_linkage2"),
            RelativePath = values.GetValueOrDefault("relative_path"),
            VolumePath = values.GetValueOrDefault("volume_path"),
            AbsolutePath = values.GetValueOrDefault("absolute_win32_path"),
        };
        return locator.Name is null
            ? throw new ImageFormatException(content, offset, "Parent Locator", "no path", "relative_path, volume_path or absolute_win32_path")
            : locator;
    }

    public byte[] ToBytes()
    {
        List<(string Key, string? Value)> pairs =
        [
            ("parent_linkage", Linkage.ToString("B")),
            ("parent_linkage2", Linkage2?.ToString("B")),
            ("relative_path", RelativePath),
            ("volume_path", VolumePath),
            ("absolute_win32_path", AbsolutePath),
        ];
        pairs.RemoveAll(pair => pair.Value is null);
        int next = HeaderLength + (pairs.Count * EntryLength);
        byte[] bytes = new byte[next + pairs.Sum(pair => (pair.Key.Length + pair.Value!.Length) * sizeof(char))];
        VhdxType.TryWriteBytes(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), (ushort)pairs.Count);
        for (int i = 0; i < pairs.Count; i++)
        {
            Span<byte> entry = bytes.AsSpan(HeaderLength + (i * EntryLength), EntryLength);
            Add(entry, entry[8..], pairs[i].Key);
            Add(entry[4..], entry[10..], pairs[i].Value!);
        }

        return bytes;

        void Add(Span<byte> offset, Span<byte> length, string text)
        {
            BinaryPrimitives.WriteInt32LittleEndian(offset, next);
            int written = Encoding.Unicode.GetBytes(text, bytes.AsSpan(next));
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)written);
            next += written;
        }
    }

    private static ReadOnlySpan<byte> Text(BlockDevice content, long offset, ReadOnlySpan<byte> bytes, int at, ReadOnlySpan<byte> entry, bool valueOf, int index)
    {
        uint start = BinaryPrimitives.ReadUInt32LittleEndian(entry[(valueOf ? 4 : 0)..]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entry[(valueOf ? 10 : 8)..]);
        if (length == 0 || length % sizeof(char) != 0 || start == 0 || start > bytes.Length - length)
        {
            throw new ImageFormatException(content, offset + at + (valueOf ? 4 : 0), $"Parent Locator entry {index} {(valueOf ? "Value" : "Key")}Offset",
                $"{start} with {length} bytes", $"UTF-16 text inside the item of {bytes.Length} bytes");
        }

        return bytes.Slice((int)start, length);
    }

    private static string? KnownKey(ReadOnlySpan<byte> key)
    {
        if (key.Length > 40)
            return null;
        string name = Encoding.Unicode.GetString(key);
        return name is "parent_linkage" or "parent_linkage2" or "relative_path" or "volume_path" or "absolute_win32_path" ? name : null;
    }

    private static Guid? Identity(BlockDevice content, long offset, Dictionary<string, string> values, string key)
    {
        if (!values.TryGetValue(key, out string? text))
            return null;
        return Guid.TryParseExact(text, "B", out Guid id) && id != Guid.Empty
            ? id
            : throw new ImageFormatException(content, offset, $"Parent Locator {key}", $"'{(text.Length > 64 ? text[..64] : text)}'", "a GUID in braces");
    }
}
