using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Snapshots as ESX makes them, by hand from the published layouts, as no program here writes them.</summary>
internal static class VmdkEsxImages
{
    private const int Sector = 512;

    public static string Descriptor(string createType, string extent, string parent = "parentCID=ffffffff") =>
        $"# Disk DescriptorFile\nversion=1\nCID=12345678\n{parent}\ncreateType=\"{createType}\"\n\n# Extent description\n{extent}\n";

    /// <summary>A COWD extent of 3 MiB: grains of one sector, the first four of them and one behind 2 MiB hold data.</summary>
    public static VmdkTestImage VmfsSparse()
    {
        const int Sectors = 6144;
        byte[] extent = new byte[(4 + 1 + 64 + 5) * Sector];
        Put32(extent, 0, 0x44574F43); // magicNumber
        Put32(extent, 4, 1); // version
        Put32(extent, 8, 3); // flags
        Put32(extent, 12, Sectors); // numSectors
        Put32(extent, 16, 1); // grainSize
        Put32(extent, 20, 4); // gdOffset
        Put32(extent, 24, 2); // numGDEntries
        Put32(extent, 28, 74); // freeSector
        Put32(extent, 4 * Sector, 5); // two tables of 32 sectors
        Put32(extent, (4 * Sector) + 4, 37);
        for (uint grain = 0; grain < 4; grain++)
            Put32(extent, (5 * Sector) + (grain * 4), 69 + grain);
        Put32(extent, (37 * Sector) + (4 * 8), 73);
        for (int i = 0; i < 5 * Sector; i++)
            extent[(69 * Sector) + i] = (byte)(1 + (i / Sector));
        return VmdkTestImage.OfText(Descriptor("vmfsSparse", $"RW {Sectors} VMFSSPARSE \"image-delta.vmdk\""), ("image-delta.vmdk", extent));
    }

    /// <summary>A seSparse extent of 20 MiB: two grains, one unmapped, one of zeroes; the second grain table in use is the first in the file.</summary>
    public static VmdkTestImage SeSparse()
    {
        const int Sectors = 40960;
        byte[] extent = new byte[(1 + 1 + 1 + 128 + 16) * Sector];
        Put64(extent, 0, 0xCAFEBABE);
        Put64(extent, 8, 0x0000_0002_0000_0001);
        Put64(extent, 16, Sectors); // capacity
        Put64(extent, 24, 8); // grain size
        Put64(extent, 32, 64); // grain table size
        Put64(extent, 80, 1); // volatile header
        Put64(extent, 88, 1);
        Put64(extent, 128, 2); // grain directory
        Put64(extent, 136, 1);
        Put64(extent, 144, 3); // grain tables
        Put64(extent, 152, 128);
        Put64(extent, 192, 131); // grains
        Put64(extent, 200, 16);
        Put64(extent, Sector, 0xCAFECAFE);
        Put64(extent, 2 * Sector, 0x1000_0000_0000_0001);
        Put64(extent, (2 * Sector) + 8, 0x1000_0000_0000_0000);
        long second = 3 * Sector; // table 0 maps from 16 MiB on
        long first = second + (64 * Sector);
        Put64(extent, first, 0x3000_0000_0000_0000 | (1UL << 48)); // grain 1
        Put64(extent, first + 8, 0x1000_0000_0000_0000);
        Put64(extent, first + 16, 0x2000_0000_0000_0000);
        Put64(extent, second + 8, 0x3000_0000_0000_0000); // grain 0
        extent.AsSpan(131 * Sector, 4096).Fill(5);
        extent.AsSpan(139 * Sector, 4096).Fill(6);
        return VmdkTestImage.OfText(Descriptor("seSparse", $"RW {Sectors} SESPARSE \"image-sesparse.vmdk\""), ("image-sesparse.vmdk", extent));
    }

    public static void Put32(byte[] bytes, long offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((int)offset), value);

    public static void Put64(byte[] bytes, long offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((int)offset), value);
}
