using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// One of the eight places where a differencing VHD says how its parent is called.
/// Source: Virtual Hard Disk Image Format Specification, "Parent Locator Entries".
/// </summary>
internal readonly record struct VhdParentLocator
{
    public const int Length = 24;

    /// <summary>A path of Windows is at most 32,767 characters long.</summary>
    public const int MaximumDataLength = 64 << 10;

    public const uint WindowsRelative = 0x57327275; // "W2ru": UTF-16, little-endian
    public const uint WindowsAbsolute = 0x57326B75; // "W2ku"
    public const uint MacUrl = 0x4D616358;          // "MacX": a file URL in UTF-8

    public uint PlatformCode { get; init; }         // bytes 0-3; 0: the entry is not used
    public uint DataSpace { get; init; }            // 4-7, sectors by the specification; Windows writes bytes
    public uint DataLength { get; init; }           // 8-11, bytes
    public ulong DataOffset { get; init; }          // 16-23

    /// <summary>True for the codes whose names are read; the older ones of Windows and Mac OS hold no Unicode.</summary>
    public bool IsKnown => PlatformCode is WindowsRelative or WindowsAbsolute or MacUrl;

    /// <summary>Decodes; nothing is judged.</summary>
    public static VhdParentLocator Parse(ReadOnlySpan<byte> bytes) => new()
    {
        PlatformCode = BinaryPrimitives.ReadUInt32BigEndian(bytes),
        DataSpace = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
        DataLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        DataOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
    };

    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Length].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, PlatformCode);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], DataSpace);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], DataLength);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], DataOffset);
    }

    /// <summary>Reads the name of a known locator.</summary>
    /// <param name="entryOffset">Byte of the file at which the entry stands.</param>
    /// <exception cref="ImageFormatException">Its data is too long or not in the file.</exception>
    public string ReadName(BlockDevice device, long entryOffset)
    {
        if (DataLength > MaximumDataLength)
            throw new ImageFormatException(device, entryOffset + 8, "Platform Data Length", $"{DataLength}", $"at most {MaximumDataLength} bytes");
        ulong length = (ulong)device.Length;
        if (DataOffset < VhdFooter.Length || DataOffset > length || DataLength > length - DataOffset)
            throw new ImageFormatException(device, entryOffset + 16, "Platform Data Offset", $"{DataLength} bytes at {DataOffset}", $"a place inside the file of {length} bytes");
        byte[] data = new byte[DataLength];
        device.Read(new HostOffset((long)DataOffset), data);
        string text = (PlatformCode == MacUrl ? Encoding.UTF8 : Encoding.Unicode).GetString(data).Split('\0')[0];
        return PlatformCode == MacUrl ? FromUrl(text) : text;
    }

    /// <summary>The bytes of a name for a locator.</summary>
    public static byte[] Encode(uint platformCode, string name) =>
        platformCode == MacUrl
            ? Encoding.UTF8.GetBytes("file://" + string.Join('/', name.Split('/').Select(Uri.EscapeDataString)))
            : Encoding.Unicode.GetBytes(name);

    /// <summary>"file:///x", "file://localhost/x", and "file://./x" as the tools of Xen have it.</summary>
    private static string FromUrl(string url)
    {
        const string scheme = "file://";
        const string host = "localhost";
        if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return url;
        string path = url[scheme.Length..];
        return Uri.UnescapeDataString(path.StartsWith(host + "/", StringComparison.OrdinalIgnoreCase) ? path[host.Length..] : path);
    }
}
