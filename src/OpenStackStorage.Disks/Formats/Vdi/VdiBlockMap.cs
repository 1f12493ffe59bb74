using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// The block map: for each block its number in the data area, <see cref="Free"/> or <see cref="Zero"/>.
/// Source: VirtualBox, VDICore.h, VDI_IMAGE_BLOCK_FREE and VDI_IMAGE_BLOCK_ZERO.
/// </summary>
internal static class VdiBlockMap
{
    /// <summary>Not stored: the parent's bytes show through; without a parent it reads as zeroes.</summary>
    public const uint Free = EditedTable.Free;

    /// <summary>Reads as zeroes, whatever the parent has.</summary>
    public const uint Zero = Free - 1;

    /// <summary>Only in memory: stands for an entry that can't be true. No image has so many blocks.</summary>
    public const uint Bad = Zero - 1;

    /// <summary>Maps the start of a guest range: a run of blocks of equal kind.</summary>
    /// <param name="layer">The image that the extent is to name.</param>
    /// <param name="free">What a block is that is not stored.</param>
    /// <exception cref="ImageFormatException">The entry is <see cref="Bad"/>.</exception>
    public static Extent Map(DiskImage layer, VdiHeader header, ReadOnlySpan<uint> map, ExtentKind free, GuestOffset start, GuestOffset end)
    {
        long blockSize = header.BlockSize;
        int block = (int)(start.Value / blockSize);
        int next = block + RunLength(map[block..(int)((end.Value + blockSize - 1) / blockSize)]);
        long length = Math.Min(end.Value, next * blockSize) - start.Value;
        uint entry = map[block];
        return entry switch
        {
            Free => new Extent(start, length, free, Layer: layer),
            Zero => new Extent(start, length, ExtentKind.Zero, Layer: layer),
            Bad => throw new ImageFormatException(
                layer.File, header.MapOffset + (block * 4L), $"block map entry {block}", "a block outside the file, or another entry's", "a block of its own inside the file"),
            _ => new Extent(start, length, ExtentKind.Data, layer.File, new HostOffset(header.DataOffset + (entry * blockSize) + (start.Value % blockSize)), Layer: layer),
        };
    }

    /// <summary>Blocks of equal kind; stored blocks must lie one behind the other.</summary>
    private static int RunLength(ReadOnlySpan<uint> run)
    {
        uint first = run[0];
        if (first >= Bad)
        {
            int other = run.IndexOfAnyExcept(first);
            return other < 0 ? run.Length : other;
        }

        int count = 1;
        while (count < run.Length && run[count] == first + (uint)count && run[count] < Bad)
            count++;
        return count;
    }

    /// <summary>Reads the map. The header was judged: 56 MiB at most, and inside the file.</summary>
    public static uint[] Read(BlockDevice device, VdiHeader header)
    {
        uint[] map = new uint[header.Blocks];
        device.Read(new HostOffset(header.MapOffset), MemoryMarshal.AsBytes(map.AsSpan()));
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(map, map);
        return map;
    }

    /// <summary>Reads the map and holds it against the file, so that mapping can trust it.</summary>
    /// <exception cref="ImageFormatException">A block is not inside the file, or belongs to two entries.</exception>
    public static uint[] ReadTrusted(BlockDevice device, VdiHeader header)
    {
        uint[] map = Read(device, header);
        foreach (VdiBlockProblem problem in Problems(map, header, device.Length, new BitArray((int)header.BlocksAllocated)))
            throw new ImageFormatException(device, problem.Offset, problem.Field, problem.Found, problem.Expected);
        return map;
    }

    /// <summary>Reads the map of an image that is to be salvaged: entries that can't be true become <see cref="Bad"/>.</summary>
    public static uint[] ReadDamaged(BlockDevice device, VdiHeader header)
    {
        uint[] map = Read(device, header);
        foreach (VdiBlockProblem problem in Problems(map, header, device.Length, new BitArray((int)header.BlocksAllocated)))
            map[problem.Index] = Bad;
        return map;
    }

    /// <summary>Every entry that can't be true.</summary>
    /// <param name="used">Gets a bit for each block of the data area that an entry names; as long as the allocated blocks.</param>
    public static IEnumerable<VdiBlockProblem> Problems(uint[] map, VdiHeader header, long fileLength, BitArray used)
    {
        long stored = Math.Max(0, fileLength - header.DataOffset) / header.BlockSize;
        for (int i = 0; i < map.Length; i++)
        {
            uint block = map[i];
            if (block >= Zero)
                continue;
            if (block >= header.BlocksAllocated)
                yield return new VdiBlockProblem(header, i, $"block {block}", $"a block below {header.BlocksAllocated}, the blocks that are allocated");
            else if (block >= stored)
                yield return new VdiBlockProblem(header, i, $"block {block}", $"a block inside the file of {fileLength} bytes, which holds {stored}");
            else if (used[(int)block])
                yield return new VdiBlockProblem(header, i, $"block {block}, which another entry has too", "a block of its own");
            else
                used[(int)block] = true;
        }
    }
}

/// <summary>An entry of the block map that can't be true.</summary>
internal readonly record struct VdiBlockProblem(VdiHeader Header, int Index, string Found, string Expected)
{
    /// <summary>Byte of the file at which the entry stands.</summary>
    public long Offset => Header.MapOffset + (Index * 4L);

    public string Field => $"block map entry {Index}";
}
