namespace OpenStackStorage.Disks;

/// <content>Places for what the guest writes.</content>
public sealed partial class Qcow2WritableImage
{
    public override WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        Window window = WindowAt(start, end);
        Qcow2Cluster first = ReadCluster(window, window.FirstCluster);
        return IsOwned(window, first, window.FirstCluster) ? PlaceInOwned(window, first) : PlaceInNew(window);
    }

    public override void Link(in WritePlace place)
    {
        Qcow2Header header = Header;
        long firstCluster = place.Start.Value >> ClusterBits;
        Qcow2CachedTable table = _metadata.TableForWriting((int)(place.Start.Value / header.L2Coverage));
        for (long cluster = firstCluster; cluster << ClusterBits < place.End.Value; cluster++)
        {
            int index = (int)(cluster & (header.L2Entries - 1));
            long host = place.Host.Value + ((cluster << ClusterBits) - place.Start.Value);
            uint mask = SubclusterMask(cluster, place.Start, place.End);
            Qcow2Cluster old = _metadata.Map.Read(table.Bytes, table.Offset, index);
            bool stays = old.HasHost && old.Host == host;
            if (!stays)
                FreeHost(old, discard: false);
            new Qcow2Cluster(host, HasHost: true, Copied: true, mask | (stays ? old.Allocated : 0), old.Zeroes & ~mask).WriteTo(table.Bytes, index, header);
            table.Changed(index * header.L2EntrySize, header.L2EntrySize);
        }

        _reserved = default;
    }

    /// <summary>A part of the guest's disk that one L2 table maps.</summary>
    /// <param name="Table">The L2 table; nothing but zeroes where there is none.</param>
    private readonly record struct Window(GuestOffset Start, GuestOffset End, long FirstCluster, long TableOffset, byte[] Table);

    private Window WindowAt(GuestOffset start, GuestOffset end)
    {
        int index = (int)(start.Value / Header.L2Coverage);
        long tableEnd = (index + 1) * Header.L2Coverage;
        long offset = _metadata.Tables.OffsetOf(index);
        return new Window(start, new GuestOffset(Math.Min(end.Value, tableEnd)), start.Value >> ClusterBits, offset,
            offset == 0 ? _emptyTable : _metadata.Tables.Load(offset));
    }

    private Qcow2Cluster ReadCluster(in Window window, long cluster) =>
        _metadata.Map.Read(window.Table, window.TableOffset, (int)(cluster & (Header.L2Entries - 1)));

    /// <summary>True when the host cluster is the guest cluster's alone, so that it can be written in place.</summary>
    /// <exception cref="ImageFormatException">It lies where none can, or it is not counted.</exception>
    private bool IsOwned(in Window window, in Qcow2Cluster cluster, long number)
    {
        if (!cluster.HasHost)
        {
            if (cluster.IsCompressed)
                RequireCompressedCounted(cluster);
            return false;
        }

        _metadata.Map.RequirePlace(cluster.Host, number << ClusterBits, window.TableOffset, (int)(number & (Header.L2Entries - 1)), mustExist: cluster.Allocated != 0);
        return HasDataFile || _metadata.RequireCounted(cluster.Host, "data") == 1;
    }

    /// <summary>A run of subclusters that are allocated all, or of such that are not yet, in host clusters of their own.</summary>
    private WritePlace PlaceInOwned(in Window window, Qcow2Cluster cluster)
    {
        int unit = Header.SubclusterSize;
        long number = window.FirstCluster;
        int subcluster = (int)(window.Start.Value & (ClusterSize - 1)) / unit;
        bool isNew = (cluster.Allocated >> subcluster & 1) == 0;
        GuestOffset start = isNew ? new(window.Start.Value / unit * unit) : window.Start;
        HostOffset host = new(cluster.Host + (start.Value & (ClusterSize - 1)));
        GuestOffset at = new((number << ClusterBits) + (subcluster * (long)unit));
        do
        {
            at += unit;
            if (++subcluster < Header.Subclusters)
                continue;
            subcluster = 0;
            number++;
            if (at >= window.End)
                break;
            Qcow2Cluster next = ReadCluster(window, number);
            if (next.Host != cluster.Host + ClusterSize || !IsOwned(window, next, number))
                break;
            cluster = next;
        }
        while (at < window.End && (cluster.Allocated >> subcluster & 1) == 0 == isNew);

        return new WritePlace(start, at - start, _data, host, isNew);
    }

    private WritePlace PlaceInNew(in Window window)
    {
        long count = 1;
        while ((window.FirstCluster + count) << ClusterBits < window.End.Value)
        {
            long number = window.FirstCluster + count;
            if (IsOwned(window, ReadCluster(window, number), number))
                break;
            count++;
        }

        ClusterRun run;
        if (HasDataFile)
        {
            // Data clusters lie at their guest offsets, and are not counted.
            run = new ClusterRun(window.FirstCluster, count, !_data.IsFixedSize && window.FirstCluster << ClusterBits >= _data.Length);
        }
        else
        {
            run = _reserved = _metadata.Pool.Take(count);
        }

        long last = window.FirstCluster + run.Count - 1;
        long firstByte = window.FirstCluster << ClusterBits;
        int unit = Header.SubclusterSize;
        // Of a cluster that is copied all of it moves; of others only the subclusters that are written.
        long start = MovesWhole(ReadCluster(window, window.FirstCluster)) ? firstByte : window.Start.Value / unit * unit;
        long end = (last + 1) << ClusterBits;
        if (!MovesWhole(ReadCluster(window, last)))
            end = Math.Min(end, (window.End.Value + unit - 1) / unit * unit);
        if (HasDataFile)
            end = Math.Min(end, _size); // it must not become longer than the disk
        return new WritePlace(new GuestOffset(start), end - start, _data, new HostOffset((run.First << ClusterBits) + (start - firstByte)), IsNew: true, run.ReadsAsZeroes);
    }

    private static bool MovesWhole(in Qcow2Cluster cluster) => cluster.IsCompressed || cluster.Allocated != 0;

    /// <summary>The subclusters of a cluster that a range covers.</summary>
    private uint SubclusterMask(long cluster, GuestOffset start, GuestOffset end)
    {
        int unit = Header.SubclusterSize;
        long clusterStart = cluster << ClusterBits;
        int first = (int)(Math.Max(0, start.Value - clusterStart) / unit);
        int last = (int)((Math.Min(ClusterSize, end.Value - clusterStart) + unit - 1) / unit);
        return (uint)((1UL << last) - (1UL << first));
    }

    /// <summary>Notes that a guest cluster no longer refers to the host clusters that held it.</summary>
    private void FreeHost(in Qcow2Cluster cluster, bool discard)
    {
        if (cluster.IsCompressed)
        {
            ClusterRun run = Qcow2Entry.CompressedClusters(cluster.Compressed, Header);
            _metadata.Pool.Free(run.First, run.Count, discard);
        }
        else if (cluster.HasHost && !HasDataFile)
        {
            _metadata.Pool.Free(cluster.Host >> ClusterBits, 1, discard);
        }
    }

    private void RequireCompressedCounted(in Qcow2Cluster cluster)
    {
        ClusterRun run = Qcow2Entry.CompressedClusters(cluster.Compressed, Header);
        for (long number = run.First; number < run.End; number++)
            _metadata.RequireCounted(number << ClusterBits, "compressed data");
    }
}
