using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>What a VHD is. Footer bytes 60-63.</summary>
internal enum VhdDiskType : uint
{
    Fixed = 2,
    Dynamic = 3,
    Differencing = 4,
}

/// <summary>
/// The footer: the last 512 bytes of every VHD, and a copy of them at the start of one that is not fixed.
/// Source: Microsoft, Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format".
/// </summary>
internal readonly record struct VhdFooter
{
    public const int Length = 512;

    /// <summary>2040 GiB: what the sectors of a block allocation table reach, and qemu's VHD_MAX_SECTORS.</summary>
    public const long MaximumSize = 2040L << 30;

    /// <summary>File Format Version and Header Version: 1.0.</summary>
    public const uint Version1 = 0x00010000;

    public const int ChecksumOffset = 64;

    /// <summary>Bit 1 is always set; bit 0 marks a disk that is to be deleted at the next shutdown.</summary>
    private const uint ReservedFeature = 2;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public ulong Cookie { get; init; }              // bytes 0-7
    public uint Features { get; init; }             // 8-11
    public uint FormatVersion { get; init; }        // 12-15
    public ulong DataOffset { get; init; }          // 16-23
    public uint TimeStamp { get; init; }            // 24-27, seconds since 2000
    public uint CreatorApplication { get; init; }   // 28-31
    public uint CreatorVersion { get; init; }       // 32-35
    public uint CreatorHost { get; init; }          // 36-39
    public ulong OriginalSize { get; init; }        // 40-47
    public ulong CurrentSize { get; init; }         // 48-55
    public VhdGeometry Geometry { get; init; }      // 56-59
    public VhdDiskType DiskType { get; init; }      // 60-63
    public uint Checksum { get; init; }             // 64-67
    public Guid UniqueId { get; init; }             // 68-83, big-endian
    public bool SavedState { get; init; }           // 84

    public static ReadOnlySpan<byte> Magic => "conectix"u8;

    /// <summary>When the disk was made.</summary>
    public DateTime CreatedAt => Epoch.AddSeconds(TimeStamp);

    /// <summary>
    /// Bytes of the disk. Virtual PC, and qemu when it imitates it, show the guest what the geometry holds; all others
    /// Current Size. A geometry at its maximum says nothing. Newer qemu has the same rule (block/vpc.c).
    /// </summary>
    public long VirtualSize => UsesGeometry ? Geometry.Sectors * 512 : (long)CurrentSize;

    private bool UsesGeometry =>
        CreatorApplication is VhdCreator.VirtualPc or VhdCreator.QemuGeometry && Geometry != VhdGeometry.Maximum && Geometry.Sectors > 0;

    /// <summary>Decodes; nothing is judged.</summary>
    public static VhdFooter Parse(ReadOnlySpan<byte> bytes) => new()
    {
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(bytes),
        Features = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        FormatVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
        DataOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        TimeStamp = BinaryPrimitives.ReadUInt32BigEndian(bytes[24..]),
        CreatorApplication = BinaryPrimitives.ReadUInt32BigEndian(bytes[28..]),
        CreatorVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
        CreatorHost = BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
        OriginalSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
        CurrentSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[48..]),
        Geometry = new VhdGeometry(BinaryPrimitives.ReadUInt16BigEndian(bytes[56..]), bytes[58], bytes[59]),
        DiskType = (VhdDiskType)BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]),
        Checksum = BinaryPrimitives.ReadUInt32BigEndian(bytes[ChecksumOffset..]),
        UniqueId = new Guid(bytes.Slice(68, 16), bigEndian: true),
        SavedState = bytes[84] != 0,
    };

    /// <summary>A footer of a new disk, its type and place of the dynamic header apart.</summary>
    public static VhdFooter New(long size, uint creator, Guid id, DateTime now) => new()
    {
        Cookie = BinaryPrimitives.ReadUInt64BigEndian(Magic),
        Features = ReservedFeature,
        FormatVersion = Version1,
        DataOffset = ulong.MaxValue,
        TimeStamp = ToTimeStamp(now),
        CreatorApplication = creator,
        CreatorVersion = 0x00060001, // as Windows has it
        CreatorHost = VhdCreator.Windows,
        OriginalSize = (ulong)size,
        CurrentSize = (ulong)size,
        Geometry = VhdGeometry.Of(size / 512),
        DiskType = VhdDiskType.Fixed,
        UniqueId = id,
    };

    public static uint ToTimeStamp(DateTime utc) => (uint)Math.Clamp((utc - Epoch).TotalSeconds, 0, uint.MaxValue);

    /// <summary>Encodes <see cref="Length"/> bytes, with the checksum that they have.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Length].Clear();
        Update(bytes);
    }

    /// <summary>Encodes the fields into a footer and leaves its reserved bytes, which other programs use, as they are.</summary>
    public void Update(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Cookie);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Features);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], FormatVersion);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], DataOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[24..], TimeStamp);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[28..], CreatorApplication);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[32..], CreatorVersion);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[36..], CreatorHost);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[40..], OriginalSize);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[48..], CurrentSize);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[56..], Geometry.Cylinders);
        bytes[58] = Geometry.Heads;
        bytes[59] = Geometry.SectorsPerTrack;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[60..], (uint)DiskType);
        UniqueId.TryWriteBytes(bytes[68..], bigEndian: true, out _);
        bytes[84] = SavedState ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[ChecksumOffset..], VhdChecksum.Of(bytes[..Length], ChecksumOffset));
    }

    /// <summary>Throws for the first field that can't be true. Cookie and checksum are judged by who found the footer.</summary>
    /// <param name="offset">Byte of the file at which it stands.</param>
    /// <exception cref="ImageFormatException">A field breaks the specification.</exception>
    /// <exception cref="ImageFeatureException">The version is not 1.0.</exception>
    public void Validate(BlockDevice device, long offset)
    {
        if (FormatVersion >> 16 != Version1 >> 16)
            throw new ImageFeatureException(device, $"VHD version {FormatVersion >> 16}.{FormatVersion & 0xFFFF} (at byte {offset + 12}, File Format Version; 1.0 is read)");
        if (DiskType is not (VhdDiskType.Fixed or VhdDiskType.Dynamic or VhdDiskType.Differencing))
            throw new ImageFormatException(device, offset + 60, "Disk Type", $"{(uint)DiskType}", "2 (fixed), 3 (dynamic) or 4 (differencing)");
        if (CurrentSize % 512 != 0 || CurrentSize > MaximumSize)
            throw new ImageFormatException(device, offset + 48, "Current Size", $"{CurrentSize}", $"a multiple of 512 up to {MaximumSize} (2040 GiB)");
    }

    /// <summary>The footer of the same disk with another size, which then is exactly that, whoever made the disk.</summary>
    /// <param name="size">Bytes, rounded up to whole sectors.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when it is out of range.</exception>
    public VhdFooter WithSize(BlockDevice device, long size)
    {
        if (size is < 0 or > MaximumSize)
            throw CreateOptions.Invalid($"'{device.Path}' can't have a disk of {size} bytes: a VHD has at most {MaximumSize} bytes (2040 GiB)");
        size = VhdLayout.SectorsOf(size);
        if (size == VirtualSize)
            return this;
        return this with
        {
            CurrentSize = (ulong)size,
            Geometry = VhdGeometry.Of(size / 512),
            CreatorApplication = CreatorApplication is VhdCreator.VirtualPc or VhdCreator.QemuGeometry ? VhdCreator.HyperV : CreatorApplication,
        };
    }

    /// <summary>The first field in which two footers describe different disks; null when they are copies of each other.</summary>
    public string? DifferenceFrom(in VhdFooter other) =>
        DiskType != other.DiskType ? "Disk Type"
        : DataOffset != other.DataOffset ? "Data Offset"
        : VirtualSize != other.VirtualSize ? "Current Size"
        : UniqueId != other.UniqueId ? "Unique Id"
        : null;
}

/// <summary>Who made a disk: footer bytes 28-31 and 36-39, four characters each.</summary>
internal static class VhdCreator
{
    public const uint VirtualPc = 0x76706320;     // "vpc "
    public const uint QemuGeometry = 0x71656D75;  // "qemu": without force_size
    public const uint HyperV = 0x77696E20;        // "win "
    public const uint Windows = 0x5769326B;       // "Wi2k"

    /// <summary>The characters, without what is not printable.</summary>
    public static string Name(uint code)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, code);
        string name = Encoding.Latin1.GetString(bytes);
        return new string([.. name.Where(character => character is >= ' ' and <= '~')]).TrimEnd();
    }
}

/// <summary>The one's complement of the sum of all bytes, the checksum's own apart.</summary>
internal static class VhdChecksum
{
    public static uint Of(ReadOnlySpan<byte> structure, int checksumOffset)
    {
        uint sum = 0;
        foreach (byte value in structure)
            sum += value;
        foreach (byte value in structure.Slice(checksumOffset, 4))
            sum -= value;
        return ~sum;
    }
}
