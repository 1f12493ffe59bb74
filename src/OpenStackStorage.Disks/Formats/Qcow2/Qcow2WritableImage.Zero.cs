namespace OpenStackStorage.Disks;

/// <content>Zeroes that are not stored.</content>
public sealed partial class Qcow2WritableImage
{
    public override bool Zero(GuestOffset start, long length, bool free)
    {
        GuestOffset end = start + length;
        bool all = true;
        while (start < end)
        {
            BeginChange();
            Window window = WindowAt(start, end);
            if (window.TableOffset != 0 || !ReadsAsZeroesBehind(start))
                all &= ZeroInTable(window, free);
            start = window.End;
        }

        return all;
    }

    /// <summary>True when what this image does not hold reads as zeroes from there on.</summary>
    private bool ReadsAsZeroesBehind(GuestOffset start) =>
        !RecordsAllZeroes
        && (Backing is null ? _extensions.BackingFile is null : start.Value >= Backing.VirtualSize); // it may have one that was not opened

    private bool ZeroInTable(Window window, bool free)
    {
        bool all = true;
        Qcow2CachedTable? table = null;
        Qcow2Header header = Header;
        // The last cluster of the disk may be cut short: what lies behind its end is zeroed with it.
        GuestOffset end = window.End.Value == _size ? new((_size + ClusterSize - 1) & -ClusterSize) : window.End;
        for (long cluster = window.FirstCluster; cluster << ClusterBits < end.Value; cluster++)
        {
            Qcow2Cluster old = ReadCluster(window, cluster);
            uint mask = SubclusterMask(cluster, window.Start, end);
            bool owned = IsOwned(window, old, cluster);
            if (!TryZero(old, cluster, mask, owned, free, out Qcow2Cluster now))
            {
                all = false;
                continue;
            }

            if (free && HasDataFile && old.HasHost)
                ZeroDataFile(cluster, mask);
            if (now == old)
                continue;
            if (table is null)
            {
                table = _metadata.TableForWriting((int)(window.Start.Value / header.L2Coverage));
                window = window with { Table = table.Bytes, TableOffset = table.Offset };
            }

            int index = (int)(cluster & (header.L2Entries - 1));
            now.WriteTo(table.Bytes, index, header);
            table.Changed(index * header.L2EntrySize, header.L2EntrySize);
            if (!now.HasHost)
                FreeHost(old, free);
        }

        return all;
    }

    /// <summary>Works out what a cluster becomes. False when only stored zeroes will do.</summary>
    private bool TryZero(in Qcow2Cluster old, long cluster, uint mask, bool owned, bool free, out Qcow2Cluster now)
    {
        now = old;
        bool absentIsZero = ReadsAsZeroesBehind(new GuestOffset(cluster << ClusterBits));
        bool whole = mask == uint.MaxValue >> (32 - Header.Subclusters);
        if (Header.Version < 3) // no zero flag
        {
            if (!absentIsZero || (!free && !old.IsAbsent))
                return false;
            now = default;
            return true;
        }

        if (old.IsCompressed)
        {
            now = new Qcow2Cluster(0, HasHost: false, Copied: false, 0, mask);
            return whole;
        }

        if (DataFileIsRaw && !free && (old.Allocated & mask) != 0)
            return false; // who reads the data file alone must find zeroes too
        uint allocated = old.Allocated & ~mask;
        bool keepsHost = old.HasHost && (allocated != 0 || (!free && owned));
        now = new Qcow2Cluster(
            keepsHost ? old.Host : 0, keepsHost, keepsHost && old.Copied, allocated,
            old.Zeroes | (absentIsZero ? mask & old.Allocated : mask));
        return true;
    }

    private void ZeroDataFile(long cluster, uint mask)
    {
        int unit = Header.SubclusterSize;
        for (int i = 0; i < Header.Subclusters; i++)
        {
            long start = (cluster << ClusterBits) + (i * (long)unit);
            if ((mask >> i & 1) != 0 && start < _data.Length)
                _data.WriteZeroes(new HostOffset(start), Math.Min(unit, _data.Length - start));
        }
    }
}
