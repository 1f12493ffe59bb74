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
    public const uint Free = EditedTable.Free;

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

    /// <summary>Reads and judges the table for changing it. Entries behind the disk's end have no meaning and are cleared.</summary>
    /// <exception cref="ImageFormatException">A block lies outside the file, over a structure, or over another block.</exception>
    public static EditedTable Edit(BlockDevice device, VhdMetadata metadata)
    {
        ReadTrusted(device, metadata);
        VhdDynamicHeader header = metadata.Header!;
        EditedTable table = new(device, Read(device, header, (int)header.MaxTableEntries), (long)header.TableOffset, isBigEndian: true);
        for (int i = metadata.Blocks; i < table.Entries.Length; i++)
        {
            if (table[i] != Free)
                table[i] = Free;
        }

        return table;
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

    /// <summary>Byte of the file behind the last block and the last structure.</summary>
    public static long UsedEnd(uint[] entries, long headerOffset, VhdDynamicHeader header, long fileLength)
    {
        long end = 0;
        foreach ((_, long structureEnd) in Structures(headerOffset, header, fileLength))
            end = Math.Max(end, structureEnd);
        uint last = 0;
        foreach (uint entry in entries)
            last = entry == Free ? last : Math.Max(last, entry);
        return last == 0 ? end : Math.Max(end, (last * 512L) + header.BitmapLength + header.BlockSize);
    }

    /// <summary>Room for whole blocks that neither a block nor a structure uses, in the order of the file.</summary>
    public static List<(long Start, long End)> Gaps(uint[] entries, VhdMetadata metadata)
    {
        VhdDynamicHeader header = metadata.Header!;
        long length = header.BitmapLength + (long)header.BlockSize;
        List<(long Start, long End)> used = Structures(metadata.HeaderOffset, header, metadata.DataEnd);
        foreach (uint entry in entries)
        {
            if (entry != Free)
                used.Add((entry * 512L, (entry * 512L) + length));
        }

        used.Add((metadata.DataEnd, metadata.DataEnd));
        used.Sort();
        List<(long Start, long End)> gaps = [];
        long end = 0;
        foreach ((long start, long stop) in used)
        {
            if (start - end >= length)
                gaps.Add((end, start));
            end = Math.Max(end, stop);
        }

        return gaps;
    }

    /// <summary>The copy of the footer, the header, the table and the parent's names.</summary>
    private static List<(long Start, long End)> Structures(long headerOffset, VhdDynamicHeader header, long fileLength)
    {
        List<(long Start, long End)> structures =
        [
            (0, VhdFooter.Length),
            (headerOffset, headerOffset + VhdDynamicHeader.Length),
            ((long)header.TableOffset, (long)header.TableOffset + (header.MaxTableEntries * 4L)),
        ];
        foreach (VhdParentLocator locator in header.Locators)
        {
            if (locator.PlatformCode != 0 && locator.DataOffset + locator.DataLength <= (ulong)fileLength && locator.DataOffset <= (ulong)fileLength)
                structures.Add(((long)locator.DataOffset, (long)locator.DataOffset + locator.DataLength));
        }

        return structures;
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
