using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// The block allocation table: for each block the sector of the file at which its bitmap starts, or <see cref="Free"/>.
/// Source: Virtual Hard Disk Image Format Specification, "Block Allocation Table and Data Blocks".
/// </summary>
internal static class VhdBlockTable
{
    public const uint Free = uint.MaxValue;

    /// <summary>Reads the entries of the first blocks. The header was judged: 16 MiB at most, and inside the file.</summary>
    public static uint[] Read(BlockDevice device, VhdDynamicHeader header, int blocks)
    {
        uint[] entries = new uint[blocks];
        device.Read(new HostOffset((long)header.TableOffset), MemoryMarshal.AsBytes(entries.AsSpan()));
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(entries, entries);
        return entries;
    }

    /// <summary>Reads the table and holds it against the rest of the file, so that mapping can trust it.</summary>
    /// <exception cref="ImageFormatException">A block lies outside the file, over a structure, or over another block.</exception>
    public static uint[] ReadTrusted(BlockDevice device, VhdMetadata metadata)
    {
        uint[] entries = Read(device, metadata.Header!, metadata.Blocks);
        foreach (VhdBlockProblem problem in Problems(entries, metadata))
            throw new ImageFormatException(device, problem.Offset, problem.Field, problem.Found, problem.Expected);
        return entries;
    }

    /// <summary>Reads the table of an image that is to be salvaged.</summary>
    /// <param name="bad">Has a bit for each entry that can't be true; null when all are good.</param>
    public static uint[] ReadDamaged(BlockDevice device, VhdMetadata metadata, out BitArray? bad)
    {
        uint[] entries = Read(device, metadata.Header!, metadata.Blocks);
        bad = null;
        foreach (VhdBlockProblem problem in Problems(entries, metadata))
            (bad ??= new BitArray(entries.Length))[problem.Index] = true;
        return entries;
    }

    /// <summary>Every block that is where it can't be, and every one that lies over another.</summary>
    public static IEnumerable<VhdBlockProblem> Problems(uint[] entries, VhdMetadata metadata)
    {
        long length = metadata.Header!.BitmapLength + (long)metadata.Header.BlockSize;
        bool rising = true;
        uint last = 0;
        int allocated = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i] == Free)
                continue;
            allocated++;
            rising &= entries[i] * 512L >= last * 512L + (allocated == 1 ? 0 : length);
            last = entries[i];
            long start = entries[i] * 512L;
            if (start + length > metadata.DataEnd)
                yield return new VhdBlockProblem(metadata, i, $"a block of {length} bytes at {start}", $"a place before byte {metadata.DataEnd}, where the data ends");
            else if (metadata.Overlap(start, length) is { } structure)
                yield return new VhdBlockProblem(metadata, i, $"a block at {start}, over the {structure}", "a place of its own");
        }

        if (rising)
            yield break;
        foreach (int index in Overlapping(entries, allocated, length))
            yield return new VhdBlockProblem(metadata, index, $"a block at {entries[index] * 512L}, over another block", "a place of its own");
    }

    /// <summary>Entries whose block starts within that of another entry, in the order of the file.</summary>
    private static List<int> Overlapping(uint[] entries, int allocated, long length)
    {
        uint[] sectors = new uint[allocated];
        int[] indices = new int[allocated];
        int count = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i] != Free)
                (sectors[count], indices[count++]) = (entries[i], i);
        }

        Array.Sort(sectors, indices);
        List<int> overlapping = [];
        for (int i = 1; i < allocated; i++)
        {
            if ((sectors[i] - (long)sectors[i - 1]) * 512 < length)
                overlapping.Add(sectors[i] == sectors[i - 1] ? Math.Max(indices[i], indices[i - 1]) : indices[i]);
        }

        return overlapping;
    }
}

/// <summary>An entry of the table that can't be true.</summary>
internal readonly record struct VhdBlockProblem(VhdMetadata Metadata, int Index, string Found, string Expected)
{
    /// <summary>Byte of the file at which the entry stands.</summary>
    public long Offset => (long)Metadata.Header!.TableOffset + (Index * 4L);

    public string Field => $"BAT entry {Index}";
}
