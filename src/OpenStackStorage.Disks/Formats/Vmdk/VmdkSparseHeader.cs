using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

[Flags]
internal enum VmdkSparseFlags : uint
{
    NewLineTest = 1 << 0,
    RedundantDirectory = 1 << 1,
    ZeroedGrains = 1 << 2,
    Compressed = 1 << 16,
    Markers = 1 << 17,

    /// <summary>Bits 16 to 31 must be understood; the others may be ignored.</summary>
    Incompatible = 0xFFFF_0000,
}

/// <summary>The first sector of a hosted sparse extent, little-endian and packed. Source: "Virtual Disk Format 5.0", "Hosted Sparse Extent Header".</summary>
internal readonly record struct VmdkSparseHeader
{
    public const int SectorSize = 512;

    /// <summary>Bytes that have a meaning; the rest of the sector is padding.</summary>
    public const int Length = 79;

    public const uint MagicNumber = 0x564D444B; // "KDMV" in the file
    public const ushort Deflate = 1;

    /// <summary>gdOffset of a stream-optimized extent: the true value stands in the footer.</summary>
    public const ulong DirectoryAtEnd = ulong.MaxValue;

    public const int MaximumGrainSectors = 2048;
    public const int MaximumTableEntries = 512;

    /// <summary>In bytes: as much as 64 TiB in grains of 64 KiB need, and twice that.</summary>
    public const long MaximumDirectory = 16 << 20;

    public uint Magic { get; init; } // 0-3
    public uint Version { get; init; } // 4-7
    public VmdkSparseFlags Flags { get; init; } // 8-11
    public ulong Capacity { get; init; } // 12-19, sectors
    public ulong GrainSectors { get; init; } // grainSize, 20-27
    public ulong DescriptorSector { get; init; } // descriptorOffset, 28-35
    public ulong DescriptorSectors { get; init; } // descriptorSize, 36-43
    public uint TableEntries { get; init; } // numGTEsPerGT, 44-47
    public ulong RedundantDirectory { get; init; } // rgdOffset, 48-55, sector
    public ulong Directory { get; init; } // gdOffset, 56-63, sector
    public ulong Overhead { get; init; } // overHead, 64-71, sectors
    public byte UncleanShutdown { get; init; } // 72
    public uint NewLines { get; init; } // singleEndLineChar to doubleEndLineChar2, 73-76
    public ushort CompressAlgorithm { get; init; } // 77-78

    /// <summary>"\n", " ", "\r", "\n": a transfer as text would have changed them.</summary>
    public const uint IntactNewLines = 0x0A0D200A;

    public int GrainSize => (int)GrainSectors * SectorSize;

    public long VirtualSize => (long)Capacity * SectorSize;

    /// <summary>Bytes of the disk that one grain table maps.</summary>
    public long Coverage => (long)GrainSize * TableEntries;

    public int DirectoryEntries => (int)((VirtualSize + Coverage - 1) / Coverage);

    public bool IsCompressed => Flags.HasFlag(VmdkSparseFlags.Compressed);

    public static VmdkSparseHeader Parse(ReadOnlySpan<byte> bytes) => new()
    {
        Magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        Version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        Flags = (VmdkSparseFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        Capacity = BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
        GrainSectors = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]),
        DescriptorSector = BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]),
        DescriptorSectors = BinaryPrimitives.ReadUInt64LittleEndian(bytes[36..]),
        TableEntries = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
        RedundantDirectory = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
        Directory = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
        Overhead = BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..]),
        UncleanShutdown = bytes[72],
        NewLines = BinaryPrimitives.ReadUInt32LittleEndian(bytes[73..]),
        CompressAlgorithm = BinaryPrimitives.ReadUInt16LittleEndian(bytes[77..]),
    };

    /// <summary>Fills one sector.</summary>
    public void WriteTo(Span<byte> sector)
    {
        sector[..SectorSize].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(sector, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[8..], (uint)Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[12..], Capacity);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[20..], GrainSectors);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[28..], DescriptorSector);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[36..], DescriptorSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[44..], TableEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[48..], RedundantDirectory);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[56..], Directory);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[64..], Overhead);
        sector[72] = UncleanShutdown;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[73..], NewLines);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[77..], CompressAlgorithm);
    }

    /// <summary>Judges all but the places of the grain directories.</summary>
    /// <param name="at">Byte of the file at which the header, or the footer that takes its place, starts.</param>
    /// <exception cref="ImageFormatException">A field breaks the format's rules.</exception>
    /// <exception cref="ImageFeatureException">The version or an incompatible flag is not known.</exception>
    public void Validate(BlockDevice device, long at)
    {
        if (Magic != MagicNumber)
            throw Corrupt(0, "magicNumber", $"0x{Magic:x8}", $"0x{MagicNumber:x8} (KDMV)");
        if (Version is < 1 or > 3)
            throw new ImageFeatureException(device, $"version {Version} of the sparse extent header (at byte {at + 4}; 1 to 3 are read)");
        VmdkSparseFlags unknown = Flags & VmdkSparseFlags.Incompatible & ~(VmdkSparseFlags.Compressed | VmdkSparseFlags.Markers);
        if (unknown != 0)
            throw new ImageFeatureException(device, $"unknown flags 0x{(uint)unknown:x8} of the sparse extent header (at byte {at + 8})");
        if (Flags.HasFlag(VmdkSparseFlags.NewLineTest) && NewLines != IntactNewLines)
            throw Corrupt(73, "singleEndLineChar", $"0x{NewLines:x8}", $"0x{IntactNewLines:x8}: the file was transferred as text");
        if (IsCompressed != (CompressAlgorithm == Deflate) || CompressAlgorithm > Deflate)
            throw Corrupt(77, "compressAlgorithm", $"{CompressAlgorithm}", IsCompressed ? "1 (deflate), as flag 16 is set" : "0, as flag 16 is not set");
        if (IsCompressed != Flags.HasFlag(VmdkSparseFlags.Markers))
        {
            throw IsCompressed
                ? new ImageFeatureException(device, $"compressed grains without markers (flags at byte {at + 8})")
                : Corrupt(8, "flags", "markers (bit 17) without compressed grains (bit 16)", "both or neither");
        }

        if (Capacity is 0 or > long.MaxValue / SectorSize)
            throw Corrupt(12, "capacity", $"{Capacity} sectors", $"1 to {long.MaxValue / SectorSize}");
        if (!BitOperations.IsPow2(GrainSectors) || GrainSectors > MaximumGrainSectors)
            throw Corrupt(20, "grainSize", $"{GrainSectors} sectors", $"a power of two up to {MaximumGrainSectors}");
        if (!BitOperations.IsPow2(TableEntries) || TableEntries > MaximumTableEntries)
            throw Corrupt(44, "numGTEsPerGT", $"{TableEntries}", $"a power of two up to {MaximumTableEntries}");
        if ((VirtualSize - 1) / Coverage >= MaximumDirectory / sizeof(uint))
            throw Corrupt(12, "capacity", $"{Capacity} sectors, a grain directory of more than {MaximumDirectory} bytes", "a smaller one, or larger grains");

        ImageFormatException Corrupt(int offset, string field, string found, string expected) => new(device, at + offset, field, found, expected);
    }

    /// <summary>Byte at which a structure starts; null where it does not lie behind the header and inside the file.</summary>
    public static long? Place(ulong sector, long length, long fileLength) =>
        sector > 0 && length <= fileLength && sector <= (ulong)(fileLength - length) / SectorSize ? (long)sector * SectorSize : null;
}
