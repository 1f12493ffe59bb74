using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>A vmfsSparse extent ("COWD"), as ESX makes it for snapshots. Source: "Virtual Disk Format 5.0", "ESX Server Sparse Extents".</summary>
internal sealed class VmdkCowdExtent : VmdkGrainExtent
{
    public const uint MagicNumber = 0x44574F43; // "COWD" in the file
    public const int HeaderLength = 2048;
    public const int EntriesPerTable = 4096;

    private readonly VmdkRegion[] _regions;

    private VmdkCowdExtent(GuestOffset start, long length, BlockDevice device, uint[] directory, int grainSize, VmdkRegion[] regions)
        : base(start, length, device, directory, grainSize, EntriesPerTable, sizeof(uint)) => _regions = regions;

    /// <param name="capacity">Sectors that the descriptor says the extent has.</param>
    public static VmdkCowdExtent Open(BlockDevice device, GuestOffset start, long capacity)
    {
        const int Sector = VmdkSparseHeader.SectorSize;
        if (device.Length < HeaderLength)
            throw new ImageFormatException(device, 0, "COWDisk_Header", $"a file of {device.Length} bytes", $"at least {HeaderLength} bytes");
        Span<byte> header = stackalloc byte[32];
        device.Read(default, header);
        uint magic = Field(header, 0); // magicNumber, 0-3
        uint version = Field(header, 4); // version, 4-7
        uint sectors = Field(header, 12); // numSectors, 12-15
        uint grain = Field(header, 16); // grainSize, 16-19, sectors
        uint directorySector = Field(header, 20); // gdOffset, 20-23
        uint entries = Field(header, 24); // numGDEntries, 24-27
        if (magic != MagicNumber)
            throw Corrupt(0, "magicNumber", $"0x{magic:x8}", $"0x{MagicNumber:x8} (COWD)");
        if (version != 1)
            throw new ImageFeatureException(device, $"version {version} of the COWD header (at byte 4; 1 is read)");
        if (sectors != capacity)
            throw Corrupt(12, "numSectors", $"{sectors}", $"{capacity}, as the descriptor says");
        if (!BitOperations.IsPow2(grain) || grain > VmdkSparseHeader.MaximumGrainSectors)
            throw Corrupt(16, "grainSize", $"{grain} sectors", $"a power of two up to {VmdkSparseHeader.MaximumGrainSectors}");
        long coverage = (long)grain * EntriesPerTable;
        int needed = (int)((sectors + coverage - 1) / coverage);
        if (entries < needed)
            throw Corrupt(24, "numGDEntries", $"{entries}", $"at least {needed} for {sectors} sectors");
        if (VmdkSparseHeader.Place(directorySector, needed * 4L, device.Length) is not { } directory)
            throw Corrupt(20, "gdOffset", $"a grain directory of {needed * 4L} bytes at sector {directorySector}", $"a place inside the file of {device.Length} bytes");

        VmdkRegion[] regions = [new VmdkRegion(0, HeaderLength, "header"), new VmdkRegion(directory, needed * 4L, "grain directory")];
        uint[] tables = VmdkGrainDirectory.Read(device, directory, needed, EntriesPerTable * sizeof(uint), regions, "GD");
        return new VmdkCowdExtent(start, sectors * (long)Sector, device, tables, (int)grain * Sector, regions);

        static uint Field(ReadOnlySpan<byte> header, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(header[offset..]);
        ImageFormatException Corrupt(long offset, string field, string found, string expected) => new(device, offset, field, found, expected);
    }

    public override IReadOnlyList<VmdkRegion> Regions => _regions;

    public override long TableOffset(uint entry) => entry * (long)VmdkSparseHeader.SectorSize;

    public override VmdkGrain Decode(ReadOnlySpan<byte> table, long tableOffset, int index)
    {
        uint sector = BinaryPrimitives.ReadUInt32LittleEndian(table[(index * sizeof(uint))..]);
        if (sector == 0)
            return new VmdkGrain(ExtentKind.Backing);
        long host = sector * (long)VmdkSparseHeader.SectorSize;
        if (host >= FileLength)
            throw Corrupt($"a grain at {host}", $"a place inside the file of {FileLength} bytes");
        if (VmdkRegion.Overlap(_regions, host, GrainSize) is { } region)
            throw Corrupt($"a grain at {host}, over the {region}", "a place of its own");
        return new VmdkGrain(ExtentKind.Data, host);

        ImageFormatException Corrupt(string found, string expected) => new(Device!, tableOffset + (index * 4L), $"GT entry {index}", found, expected);
    }
}
