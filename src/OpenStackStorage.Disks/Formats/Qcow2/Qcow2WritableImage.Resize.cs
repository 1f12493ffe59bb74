using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <content>Another size.</content>
public sealed partial class Qcow2WritableImage
{
    /// <inheritdoc/>
    public override void Resize(long size)
    {
        if (size is < 0 or > long.MaxValue - 511)
            throw Unfit(size, "is out of range");
        size = (size + 511) & ~511L;
        if (Header.RequiredL1Entries(size) > Qcow2Header.MaximumL1Bytes / 8)
            throw Unfit(size, $"needs more than the 4194304 L1 entries that a qcow2 image may have; its clusters of {ClusterSize} bytes are too small");
        if (size != _size)
        {
            BeginChange();
            _metadata.Write();
            GiveSnapshotsTheirSize(size);
            MarkBitmapsInUse(all: true); // also those that do not follow writes have the length of the disk
            if (size > _size)
                Grow(size);
            else
                Shrink(size);
        }

        Flush();
    }

    private void Grow(long size)
    {
        int entries = (int)Header.RequiredL1Entries(size);
        if (entries > _metadata.Tables.Count)
            GrowL1(entries);
        long old = _size;
        _size = size;
        try
        {
            // The rest of the last cluster, what a longer backing image has, what an interrupted shrink left.
            new ImageEditor(this).Zero(new GuestOffset(old), size - old, free: true);
            if (DataFileIsRaw && !_data.IsFixedSize && _data.Length < size)
                _data.SetLength(size);
            TakeBackReserved();
            _metadata.Write();
        }
        catch
        {
            _size = old;
            throw;
        }

        _metadata.WriteHeader(Header with { Size = (ulong)size });
    }

    private void Shrink(long size)
    {
        // The header first: what lies behind the end is then without meaning, whether it is freed or not yet.
        _metadata.WriteHeader(Header with { Size = (ulong)size });
        _metadata.Barrier();
        _size = size;
        Qcow2Header header = Header;
        long firstCluster = (size + ClusterSize - 1) >> ClusterBits;
        for (int index = (int)(firstCluster / header.L2Entries); index < _metadata.Tables.Count; index++)
        {
            if (_metadata.Tables.OffsetOf(index) == 0)
                continue;
            int first = (int)Math.Max(0, firstCluster - ((long)index * header.L2Entries));
            if (first == 0)
                DropTable(index);
            else
                DropClusters(_metadata.TableForWriting(index), first);
            if (_metadata.Pool.IsFull)
                _metadata.Write();
        }

        if (DataFileIsRaw && !_data.IsFixedSize)
            _data.SetLength(size);
    }

    private void DropTable(int index)
    {
        long table = _metadata.Tables.OffsetOf(index);
        _metadata.RequireCounted(table, "L2 table");
        byte[] bytes = _metadata.Tables.Load(table);
        for (int i = 0; i < Header.L2Entries; i++)
            FreeHost(_metadata.Map.Read(bytes, table, i), discard: true);
        _metadata.Tables.SetEntry(index, 0, copied: false);
        _metadata.Tables.Drop(table);
        _metadata.Pool.Free(table >> ClusterBits, 1, discard: true);
    }

    private void DropClusters(Qcow2CachedTable table, int first)
    {
        for (int i = first; i < Header.L2Entries; i++)
        {
            Qcow2Cluster cluster = _metadata.Map.Read(table.Bytes, table.Offset, i);
            if (cluster.IsAbsent)
                continue;
            default(Qcow2Cluster).WriteTo(table.Bytes, i, Header);
            FreeHost(cluster, discard: true);
        }

        table.Changed(first * Header.L2EntrySize, (Header.L2Entries - first) * Header.L2EntrySize);
    }

    private void GrowL1(int entries)
    {
        ulong[] l1 = _metadata.Tables.CopyL1(entries);
        long oldOffset = (long)Header.L1TableOffset;
        long oldClusters = L1Clusters((int)Header.L1Size);
        if (oldOffset != 0 && L1Clusters(entries) == oldClusters)
        {
            // What follows the table in its last cluster may be anything.
            File.Write(new HostOffset(oldOffset + (Header.L1Size * 8L)), new byte[(entries - Header.L1Size) * 8]);
            _metadata.ReplaceL1(l1, oldOffset, Header.Size);
            return;
        }

        ClusterRun run = _metadata.Pool.TakeRun(L1Clusters(entries));
        _metadata.Write();
        WriteL1(run, l1);
        _metadata.ReplaceL1(l1, run.First << ClusterBits, Header.Size);
        if (oldClusters > 0)
            _metadata.Pool.Free(oldOffset >> ClusterBits, oldClusters, discard: false);
    }

    private long L1Clusters(int entries) => ((entries * 8L) + ClusterSize - 1) >> ClusterBits;

    private void WriteL1(ClusterRun run, ulong[] entries)
    {
        byte[] bytes = new byte[run.Count << ClusterBits];
        for (int i = 0; i < entries.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), entries[i]);
        File.Write(new HostOffset(run.First << ClusterBits), bytes);
    }

    private void GiveSnapshotsTheirSize(long size)
    {
        if (Header.SnapshotCount == 0)
            return;
        if (Header.Version < 3)
            throw Unfit(size, "would not suit its snapshots: those of a version 2 image have no size of their own. Remove them first");
        List<Qcow2Snapshot> snapshots = Qcow2Snapshot.ReadAll(File, Header, stored: true);
        List<Qcow2Snapshot> sized = [.. snapshots.Select(snapshot => snapshot.WithOwnSize())];
        if (!snapshots.SequenceEqual(sized))
            StoreSnapshots(sized, TakeSnapshotTable(sized));
    }

    private StorageException Unfit(long size, string why) =>
        new(ErrorIds.ParameterInvalid, $"'{File.Path}' can't have a disk of {size} bytes: that {why}.") { Target = File.Path };
}
