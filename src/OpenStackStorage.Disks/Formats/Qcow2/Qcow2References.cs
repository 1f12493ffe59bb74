namespace OpenStackStorage.Disks;

/// <summary>Walks all that an L1 table refers to: its L2 tables, and the clusters that these name.</summary>
internal sealed class Qcow2References(Qcow2Metadata metadata)
{
    /// <summary>Counts one more reference to everything.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/> when a count does not fit into its bits; nothing is counted then.</exception>
    public void Add(ulong[] l1)
    {
        long counted = 0;
        try
        {
            Walk(l1, run =>
            {
                for (long cluster = run.First; cluster < run.End; cluster++)
                {
                    metadata.RequireCounted(cluster << metadata.ClusterBits, "a snapshot's or the disk's");
                    metadata.Refcounts.Add(cluster, 1);
                    counted++;
                }
            });
        }
        catch (StorageException)
        {
            Walk(l1, run =>
            {
                long back = Math.Min(counted, run.Count);
                metadata.Pool.GiveBack(run with { Count = back });
                counted -= back;
            }, () => counted == 0);
            throw;
        }
    }

    /// <summary>Counts one reference less. Nothing on the disk may refer there by this table any more.</summary>
    public void Remove(ulong[] l1) => Walk(l1, metadata.Pool.GiveBack);

    /// <summary>Makes bit 63 of all entries tell the truth: set where the refcount is one.</summary>
    /// <param name="clear">Clear it everywhere, as all refcounts are about to rise.</param>
    public void MarkCopied(bool clear)
    {
        Qcow2EditTables tables = metadata.Tables;
        for (int i = 0; i < tables.Count; i++)
        {
            long table = tables.OffsetOf(i);
            if (table == 0)
                continue;
            bool copied = !clear && metadata.RequireCounted(table, "L2 table") == 1;
            if (tables.IsCopied(i) != copied)
                tables.SetEntry(i, table, copied);
            MarkEntries(tables.Get(table), clear);
        }
    }

    /// <summary>Clears bit 63 in the L2 tables of an L1 table that is going to be shared.</summary>
    public void ClearCopied(ulong[] l1)
    {
        foreach (ulong entry in l1)
        {
            if ((entry & Qcow2Entry.OffsetMask) != 0)
                MarkEntries(metadata.Tables.Get((long)(entry & Qcow2Entry.OffsetMask)), clear: true);
        }
    }

    private void MarkEntries(Qcow2CachedTable table, bool clear)
    {
        Qcow2Header header = metadata.Header;
        for (int i = 0; i < header.L2Entries; i++)
        {
            Qcow2Cluster cluster = metadata.Map.Read(table.Bytes, table.Offset, i);
            if (!cluster.HasHost)
                continue;
            bool copied = !clear && metadata.RequireCounted(cluster.Host, "data") == 1;
            if (cluster.Copied == copied)
                continue;
            (cluster with { Copied = copied }).WriteTo(table.Bytes, i, header);
            table.Changed(i * header.L2EntrySize, header.L2EntrySize);
        }
    }

    /// <summary>Names every referenced cluster, in runs, as often as it is referred to. The L2 table comes behind what it names.</summary>
    private void Walk(ulong[] l1, Action<ClusterRun> visit, Func<bool>? isDone = null)
    {
        Qcow2Header header = metadata.Header;
        int bits = metadata.ClusterBits;
        foreach (ulong entry in l1)
        {
            long table = (long)(entry & Qcow2Entry.OffsetMask);
            if (table == 0)
                continue;
            if (isDone?.Invoke() == true)
                return;
            byte[] bytes = metadata.Tables.Load(table);
            ClusterRun run = default;
            for (int i = 0; i < header.L2Entries; i++)
            {
                Qcow2Cluster cluster = metadata.Map.Read(bytes, table, i);
                ClusterRun next = cluster.HasHost ? new ClusterRun(cluster.Host >> bits, 1)
                    : cluster.IsCompressed ? Qcow2Entry.CompressedClusters(cluster.Compressed, header)
                    : default;
                if (next.Count == 0)
                    continue;
                if (run.Count > 0 && next.First == run.End)
                {
                    run = run with { Count = run.Count + next.Count };
                    continue;
                }

                if (run.Count > 0)
                    visit(run);
                run = next;
            }

            if (run.Count > 0)
                visit(run);
            visit(new ClusterRun(table >> bits, 1));
        }
    }
}
