using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>Bits of L1 and L2 table entries. Source: qcow2.rst, "Cluster mapping".</summary>
internal static class Qcow2Entry
{
    /// <summary>Bits 9-55: the host offset of a table or a standard cluster.</summary>
    public const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;

    /// <summary>Bit 63: the refcount is exactly one, so that a write needs no copy.</summary>
    public const ulong Copied = 1UL << 63;

    /// <summary>Bit 62 of an L2 entry: the rest is a compressed cluster descriptor.</summary>
    public const ulong Compressed = 1UL << 62;

    /// <summary>Bit 0 of a standard cluster descriptor (not with extended L2 entries): reads as zeroes.</summary>
    public const ulong ReadsAsZero = 1;

    /// <summary>Stands for an entry that could not be read; no valid one has all bits set.</summary>
    public const ulong Unreadable = ulong.MaxValue;

    /// <summary>Bits 0-8 and 56-62 of an L1 entry.</summary>
    public const ulong L1Reserved = 0x7F00_0000_0000_01FF;

    /// <summary>Bits 1-8 and 56-61 of a standard L2 entry.</summary>
    public const ulong L2Reserved = 0x3F00_0000_0000_01FE;

    /// <summary>
    /// The indices, rising, of entries whose offset an earlier entry has already. Beside the table, it takes 4 bytes for
    /// each entry with an offset, and nothing where offsets only rise.
    /// </summary>
    public static int[] Repeated(ulong[] table, ulong offsetMask)
    {
        int used = 0;
        bool rising = true;
        ulong last = 0;
        foreach (ulong entry in table)
        {
            ulong offset = entry & offsetMask;
            if (offset == 0)
                continue;
            used++;
            rising &= offset > last;
            last = offset;
        }

        if (rising)
            return [];
        int[] order = new int[used];
        used = 0;
        for (int i = 0; i < table.Length; i++)
        {
            if ((table[i] & offsetMask) != 0)
                order[used++] = i;
        }

        order.AsSpan().Sort((a, b) => (table[a] & offsetMask) == (table[b] & offsetMask) ? a.CompareTo(b) : (table[a] & offsetMask).CompareTo(table[b] & offsetMask));
        List<int> repeated = [];
        for (int i = 1; i < order.Length; i++)
        {
            if ((table[order[i]] & offsetMask) == (table[order[i - 1]] & offsetMask))
                repeated.Add(order[i]);
        }

        repeated.Sort();
        return [.. repeated];
    }

    /// <summary>Reads the entries of an L1 or refcount table as they are.</summary>
    public static ulong[] ReadTable(BlockDevice device, ulong offset, int count, bool salvage = false)
    {
        ulong[] entries = new ulong[count];
        if (count == 0)
            return entries; // the offset of an empty table was not judged
        ReadTable(device, (long)offset, MemoryMarshal.AsBytes(entries.AsSpan()), salvage);
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(entries, entries);
        return entries;
    }

    /// <summary>Reads a table as it is. To salvage, entries that can't be read become <see cref="Unreadable"/>.</summary>
    public static void ReadTable(BlockDevice device, long offset, Span<byte> table, bool salvage)
    {
        if (salvage)
            Salvage.Read(device, new HostOffset(offset), table, fill: 0xFF);
        else
            device.Read(new HostOffset(offset), table);
    }

    /// <summary>Host offset and stored bytes of a compressed cluster; the last sector may hold the next one's start.</summary>
    public static (HostOffset Host, int Length) DecodeCompressed(ulong entry, int offsetBits)
    {
        ulong offset = entry & ((1UL << offsetBits) - 1);
        int sectors = (int)((entry & ~(Copied | Compressed)) >> offsetBits) + 1;
        return (new HostOffset((long)offset), (sectors * 512) - (int)(offset & 511));
    }

    /// <summary>True when compressed bytes can lie there. The sector count may reach past the end of the file by the rest of its last sector.</summary>
    public static bool IsCompressedPlace(HostOffset host, int length, long fileLength) =>
        host.Value < fileLength && (host.Value + length - 1) / 512 <= (fileLength - 1) / 512;

    /// <summary>The host clusters that the bytes of a compressed cluster lie in; its neighbours may lie there too.</summary>
    public static ClusterRun CompressedClusters(ulong entry, in Qcow2Header header)
    {
        (HostOffset host, int length) = DecodeCompressed(entry, header.CompressedOffsetBits);
        long first = host.Value >> (int)header.ClusterBits;
        return new ClusterRun(first, ((host.Value + length - 1) >> (int)header.ClusterBits) - first + 1);
    }

    public static ulong EncodeCompressed(HostOffset host, int length, int offsetBits)
    {
        ulong sectors = (ulong)(((host.Value + length - 1) >> 9) - (host.Value >> 9));
        return Compressed | (sectors << offsetBits) | (ulong)host.Value;
    }
}
