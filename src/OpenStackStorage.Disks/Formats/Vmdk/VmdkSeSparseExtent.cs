using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// A space-efficient sparse extent, as ESX 6.5 and later make it for snapshots. VMware has not published the format: this
/// reads what qemu (block/vmdk.c, "SESPARSE") knows of it, and refuses everything else.
/// </summary>
internal sealed class VmdkSeSparseExtent : VmdkGrainExtent
{
    public const ulong MagicNumber = 0xCAFEBABE;
    public const ulong VolatileMagicNumber = 0xCAFECAFE;
    public const ulong Version = 0x0000_0002_0000_0001;
    public const int GrainSectors = 8;
    public const int TableSectors = 64;
    public const int EntriesPerTable = TableSectors * Sector / sizeof(ulong);

    private const int Sector = VmdkSparseHeader.SectorSize;
    private const ulong TableAllocated = 0x1000_0000_0000_0000;

    private readonly long _tables;
    private readonly long _grains;
    private readonly long _grainsEnd;

    private VmdkSeSparseExtent(GuestOffset start, long length, BlockDevice device, uint[] directory, long tables, long grains, long grainsLength)
        : base(start, length, device, directory, GrainSectors * Sector, EntriesPerTable, sizeof(ulong)) =>
        (_tables, _grains, _grainsEnd) = (tables, grains, Math.Min(device.Length, grains + grainsLength));

    /// <param name="capacity">Sectors that the descriptor says the extent has.</param>
    public static VmdkSeSparseExtent Open(BlockDevice device, GuestOffset start, long capacity)
    {
        if (device.Length < Sector)
            throw Corrupt(0, "header", $"a file of {device.Length} bytes", $"at least {Sector} bytes");
        Span<byte> header = stackalloc byte[Sector];
        device.Read(default, header);
        Require(header, 0, "magic", MagicNumber);
        if (Field(header, 8) is var version and not Version)
            throw new ImageFeatureException(device, $"version 0x{version:x16} of the seSparse header (at byte 8)");
        Require(header, 16, "capacity", (ulong)capacity);
        Require(header, 24, "grain size", GrainSectors);
        Require(header, 32, "grain table size", TableSectors);
        if (Field(header, 40) is var flags and not 0)
            throw new ImageFeatureException(device, $"flags 0x{flags:x16} of the seSparse header (at byte 40)");
        (long volatileHeader, _) = Area(header, 80, "volatile header", Sector);
        long coverage = (long)GrainSectors * EntriesPerTable;
        long entries = ((capacity - 1) / coverage) + 1;
        if (entries > VmdkSparseHeader.MaximumDirectory / sizeof(uint))
            throw Corrupt(16, "capacity", $"{capacity} sectors", $"at most {VmdkSparseHeader.MaximumDirectory / sizeof(uint) * coverage}");
        (long directory, _) = Area(header, 128, "grain directory", entries * sizeof(ulong));
        (long tables, long tablesLength) = Area(header, 144, "grain tables", 0);
        (long grains, long grainsLength) = Area(header, 192, "grains", 0);
        RequireClean(device, volatileHeader);
        return new VmdkSeSparseExtent(start, capacity * Sector, device, ReadDirectory(device, directory, (int)entries, tables, tablesLength), tables, grains, grainsLength);

        void Require(ReadOnlySpan<byte> bytes, int offset, string field, ulong expected)
        {
            if (Field(bytes, offset) is var found && found != expected)
                throw Corrupt(offset, field, $"{found}", $"{expected}");
        }

        // Offset and size in sectors, 16 bytes.
        (long Offset, long Length) Area(ReadOnlySpan<byte> bytes, int at, string field, long needed)
        {
            ulong sector = Field(bytes, at);
            ulong sectors = Field(bytes, at + 8);
            if (sectors > long.MaxValue / Sector || (long)sectors * Sector < needed || VmdkSparseHeader.Place(sector, needed, device.Length) is not { } offset)
                throw Corrupt(at, $"{field} offset", $"sector {sector} and {sectors} sectors", $"{needed} bytes inside the file of {device.Length} bytes");
            return (offset, Math.Min((long)sectors * Sector, device.Length - offset));
        }

        ImageFormatException Corrupt(long offset, string field, string found, string expected) => new(device, offset, field, found, expected);
    }

    public override long TableOffset(uint entry) => _tables + ((entry - 1L) * TableLength);

    public override VmdkGrain Decode(ReadOnlySpan<byte> table, long tableOffset, int index)
    {
        ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(table[(index * sizeof(ulong))..]);
        switch (entry >> 60)
        {
            case 0 when entry == 0:
                return new VmdkGrain(ExtentKind.Backing);
            case 1: // the guest has unmapped it
            case 2:
                return new VmdkGrain(ExtentKind.Zero);
            case 3:
                // The grain's number: bits 48 to 59 are its lowest 12, bits 0 to 47 the rest.
                ulong number = ((entry & 0x0FFF_0000_0000_0000) >> 48) | ((entry & 0x0000_FFFF_FFFF_FFFF) << 12);
                if (number < (ulong)(_grainsEnd - _grains + GrainSize - 1) / (ulong)GrainSize)
                    return new VmdkGrain(ExtentKind.Data, _grains + ((long)number * GrainSize));
                throw Corrupt($"grain {number}", $"one of the {(_grainsEnd - _grains) / GrainSize} grains that the file holds");
            default:
                throw Corrupt($"0x{entry:x16}", "an entry of type 0 to 3");
        }

        ImageFormatException Corrupt(string found, string expected) => new(Device!, tableOffset + (index * 8L), $"GT entry {index}", found, expected);
    }

    private static ulong Field(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static void RequireClean(BlockDevice device, long offset)
    {
        Span<byte> header = stackalloc byte[Sector];
        device.Read(new HostOffset(offset), header);
        if (Field(header, 0) is var magic and not VolatileMagicNumber)
            throw new ImageFormatException(device, offset, "volatile header magic", $"0x{magic:x16}", $"0x{VolatileMagicNumber:x16}");
        if (Field(header, 24) != 0)
            throw new ImageFeatureException(device, "a journal that must be replayed (the snapshot was not closed properly)");
    }

    /// <summary>Entries are 64 bits: 0, or type 1 and the number of a grain table, of which 32 bits are kept, plus one.</summary>
    private static uint[] ReadDirectory(BlockDevice device, long offset, int entries, long tables, long tablesLength)
    {
        const int Piece = 65536;
        const int TableLength = TableSectors * Sector;
        uint[] directory = new uint[entries];
        byte[] bytes = new byte[Math.Min(Piece, entries * sizeof(ulong))];
        long count = tablesLength / TableLength;
        bool rising = true;
        uint last = 0;
        for (int i = 0; i < entries; i++)
        {
            int inPiece = i * sizeof(ulong) % Piece;
            if (inPiece == 0)
                device.Read(new HostOffset(offset + (i * 8L)), bytes.AsSpan(0, Math.Min(Piece, (entries - i) * sizeof(ulong))));
            ulong entry = Field(bytes, inPiece);
            if (entry == 0)
                continue;
            if (entry >> 32 << 32 != TableAllocated || (uint)entry >= count)
                throw new ImageFormatException(device, offset + (i * 8L), $"GD entry {i}", $"0x{entry:x16}", $"0, or type 1 and one of {count} grain tables");
            directory[i] = (uint)entry + 1;
            rising &= directory[i] > last;
            last = directory[i];
        }

        if (!rising && FirstRepeated(directory) is { } repeated)
            throw new ImageFormatException(device, offset + (repeated * 8L), $"GD entry {repeated}", $"the grain table {directory[repeated] - 1} again", "a table of its own");
        return directory;
    }

    private static int? FirstRepeated(uint[] directory)
    {
        uint[] sorted = (uint[])directory.Clone();
        Array.Sort(sorted);
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] != 0 && sorted[i] == sorted[i - 1])
                return Array.LastIndexOf(directory, sorted[i]);
        }

        return null;
    }
}
