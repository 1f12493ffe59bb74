using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// The header of a dynamic or differencing VHD. Source: Virtual Hard Disk Image Format Specification, "Dynamic Disk Header Format".
/// </summary>
internal sealed record VhdDynamicHeader
{
    public const int Length = 1024;
    public const int LocatorCount = 8;
    public const int ChecksumOffset = 36;

    /// <summary>Blocks of 512 KiB for 2040 GiB: a table of 16 MiB.</summary>
    public const int MaximumEntries = 4 << 20;

    /// <summary>Known writers use 512 KiB and 2 MiB; this is far beyond, and still an int.</summary>
    public const int MaximumBlockSize = 256 << 20;

    /// <summary>Characters of the parent's name that the header has room for.</summary>
    private const int NameLength = 256;

    /// <summary>Behind the locators.</summary>
    private const int ReservedOffset = 768;

    public ulong Cookie { get; init; } = BinaryPrimitives.ReadUInt64BigEndian(Magic); // bytes 0-7
    public ulong DataOffset { get; init; } = ulong.MaxValue;                // 8-15, unused
    public ulong TableOffset { get; init; }                                 // 16-23
    public uint HeaderVersion { get; init; } = VhdFooter.Version1;          // 24-27
    public uint MaxTableEntries { get; init; }                              // 28-31
    public uint BlockSize { get; init; }                                    // 32-35
    public uint Checksum { get; init; }                                     // 36-39
    public Guid ParentUniqueId { get; init; }                               // 40-55, big-endian
    public uint ParentTimeStamp { get; init; }                              // 56-59
    public string ParentName { get; init; } = "";                           // 64-575, UTF-16 big-endian
    public IReadOnlyList<VhdParentLocator> Locators { get; init; } = [];    // 576-767, eight of 24 bytes

    public static ReadOnlySpan<byte> Magic => "cxsparse"u8;

    /// <summary>Bytes of the sector bitmap before each block: a bit for each sector, padded to whole sectors.</summary>
    public int BitmapLength => BitmapLengthOf((int)BlockSize);

    public int Sectors => (int)BlockSize / 512;

    public static int BitmapLengthOf(int blockSize) => (((blockSize / 512) + 7) / 8 + 511) & ~511;

    /// <summary>Decodes; nothing is judged.</summary>
    public static VhdDynamicHeader Parse(ReadOnlySpan<byte> bytes)
    {
        VhdParentLocator[] locators = new VhdParentLocator[LocatorCount];
        for (int i = 0; i < LocatorCount; i++)
            locators[i] = VhdParentLocator.Parse(bytes[(576 + (i * VhdParentLocator.Length))..]);
        string name = Encoding.BigEndianUnicode.GetString(bytes.Slice(64, NameLength * 2));
        return new VhdDynamicHeader
        {
            Cookie = BinaryPrimitives.ReadUInt64BigEndian(bytes),
            DataOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            TableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            HeaderVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes[24..]),
            MaxTableEntries = BinaryPrimitives.ReadUInt32BigEndian(bytes[28..]),
            BlockSize = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
            Checksum = BinaryPrimitives.ReadUInt32BigEndian(bytes[ChecksumOffset..]),
            ParentUniqueId = new Guid(bytes.Slice(40, 16), bigEndian: true),
            ParentTimeStamp = BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]),
            ParentName = name.Split('\0')[0],
            Locators = locators,
        };
    }

    /// <summary>Encodes <see cref="Length"/> bytes, with the checksum that they have.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Length].Clear();
        Update(bytes);
    }

    /// <summary>Encodes the fields into a header and leaves its reserved bytes as they are.</summary>
    public void Update(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Cookie);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], DataOffset);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], TableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[24..], HeaderVersion);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[28..], MaxTableEntries);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[32..], BlockSize);
        ParentUniqueId.TryWriteBytes(bytes[40..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[56..], ParentTimeStamp);
        ReadOnlySpan<char> name = ParentName.AsSpan(0, Math.Min(ParentName.Length, NameLength)); // the locators have all of it
        bytes[64..ReservedOffset].Clear();
        Encoding.BigEndianUnicode.GetBytes(name, bytes[64..]);
        for (int i = 0; i < Locators.Count; i++)
            Locators[i].WriteTo(bytes[(576 + (i * VhdParentLocator.Length))..]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[ChecksumOffset..], VhdChecksum.Of(bytes[..Length], ChecksumOffset));
    }

    /// <summary>Throws for the first field that can't be true of this file.</summary>
    /// <param name="offset">Byte of the file at which the header stands.</param>
    /// <param name="virtualSize">Bytes of the disk, by the footer.</param>
    /// <exception cref="ImageFormatException">A field breaks the specification or points outside the file.</exception>
    /// <exception cref="ImageFeatureException">The version is not 1.0.</exception>
    public void Validate(BlockDevice device, long offset, long virtualSize)
    {
        if (HeaderVersion >> 16 != VhdFooter.Version1 >> 16)
            throw new ImageFeatureException(device, $"dynamic header version {HeaderVersion >> 16}.{HeaderVersion & 0xFFFF} (at byte {offset + 24}; 1.0 is read)");
        Require(BlockSize is >= 512 and <= MaximumBlockSize && BitOperations.IsPow2(BlockSize), 32, "Block Size", BlockSize, $"a power of two from 512 to {MaximumBlockSize}");
        long needed = (virtualSize + BlockSize - 1) / BlockSize;
        Require(MaxTableEntries >= needed, 28, "Max Table Entries", MaxTableEntries, $"at least {needed} for {virtualSize} bytes");
        Require(MaxTableEntries <= MaximumEntries, 28, "Max Table Entries", MaxTableEntries, $"at most {MaximumEntries}");
        ulong length = (ulong)device.Length;
        ulong table = MaxTableEntries * 4UL;
        Require(TableOffset % 512 == 0 && TableOffset >= VhdFooter.Length && TableOffset <= length && table <= length - TableOffset, 16, "Table Offset",
            TableOffset, $"a multiple of 512 with the table of {table} bytes inside the file of {length} bytes");
        Require((long)TableOffset >= offset + Length || (long)(TableOffset + table) <= offset, 16, "Table Offset", TableOffset, "a place apart from the header");

        void Require(bool holds, long field, string name, ulong found, string expected)
        {
            if (!holds)
                throw new ImageFormatException(device, offset + field, name, $"{found}", expected);
        }
    }
}
