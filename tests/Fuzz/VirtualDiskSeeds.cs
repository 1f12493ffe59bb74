using System.Buffers.Binary;
using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Fuzz;

/// <summary>VHDs with blocks of 4 KiB, which our writer does not make.</summary>
internal static class VhdFuzzSeed
{
    private const int BlockSize = 4096;
    private const int Table = 1536;
    private const int Locator = 2048;
    private const int Blocks = 2560;

    private static readonly Guid ParentId = new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    public static byte[] CreateFixed(byte[] disk)
    {
        byte[] bytes = [.. disk, .. new byte[VhdFooter.Length]];
        Footer(disk, ParentId).WriteTo(bytes.AsSpan(disk.Length));
        return bytes;
    }

    public static byte[] Create(VhdDiskType type, byte[] disk)
    {
        int count = (disk.Length + BlockSize - 1) / BlockSize;
        byte[] bytes = new byte[Blocks + (count * (512 + BlockSize)) + 512];
        bytes.AsSpan(Table, 512).Fill(byte.MaxValue);
        byte[] name = Encoding.Unicode.GetBytes(@".\parent.vhd");
        name.CopyTo(bytes, Locator);
        for (int i = 0; i < count; i += i % 3 == 1 ? 2 : 1) // some are free
        {
            int start = Blocks + (i * (512 + BlockSize));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(Table + (i * 4)), (uint)(start / 512));
            bytes[start] = (byte)(i % 2 == 0 ? 0xFF : 0x3C);
            disk.AsSpan(i * BlockSize, Math.Min(BlockSize, disk.Length - (i * BlockSize))).CopyTo(bytes.AsSpan(start + 512));
        }

        new VhdDynamicHeader
        {
            TableOffset = Table,
            MaxTableEntries = (uint)count,
            BlockSize = BlockSize,
            ParentUniqueId = type == VhdDiskType.Differencing ? ParentId : default,
            ParentName = type == VhdDiskType.Differencing ? "parent.vhd" : "",
            Locators = type == VhdDiskType.Differencing
                ? [new VhdParentLocator { PlatformCode = VhdParentLocator.WindowsRelative, DataSpace = 1, DataLength = (uint)name.Length, DataOffset = Locator }]
                : [],
        }.WriteTo(bytes.AsSpan(512));
        VhdFooter footer = Footer(disk, Guid.Empty) with { DiskType = type, DataOffset = 512 };
        footer.WriteTo(bytes);
        footer.WriteTo(bytes.AsSpan(bytes.Length - 512));
        return bytes;
    }

    private static VhdFooter Footer(byte[] disk, Guid id) => VhdFooter.New(disk.Length, VhdCreator.HyperV, id, DateTime.UnixEpoch.AddYears(50));
}

/// <summary>VDIs with blocks of 4 KiB, which our writer does not make.</summary>
internal static class VdiFuzzSeed
{
    private const int BlockSize = 4096;

    public static byte[] Create(VdiImageType type, byte[] disk)
    {
        int count = (disk.Length + BlockSize - 1) / BlockSize;
        byte[] bytes = new byte[1024 + (count * BlockSize)];
        for (int i = 0; i < count; i++)
        {
            uint entry = type == VdiImageType.Dynamic && i % 4 == 1 ? uint.MaxValue - (uint)(i / 4 % 2) : (uint)i;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(512 + (i * 4)), entry);
            disk.AsSpan(i * BlockSize, Math.Min(BlockSize, disk.Length - (i * BlockSize))).CopyTo(bytes.AsSpan(1024 + (i * BlockSize)));
        }

        new VdiHeader
        {
            Type = type, MapOffset = 512, DataOffset = 1024, DiskSize = (ulong)disk.Length, BlockSize = BlockSize,
            Blocks = (uint)count, BlocksAllocated = (uint)count, Id = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        }.WriteTo(bytes);
        return bytes;
    }
}
