namespace OpenStackStorage.Disks;

/// <summary>
/// Gives out host clusters and takes them back. What the disk may still refer to is only noted as free; it is given out
/// again when the disk no longer does.
/// </summary>
/// <param name="overlap">Names the structure that a range of the file touches, where no cluster can be free; null when it touches none.</param>
internal sealed class Qcow2ClusterPool(BlockDevice file, Qcow2RefcountEditor refcounts, int clusterBits, Func<long, long, string?> overlap)
{
    /// <summary>Notes of freed clusters take 24 bytes each.</summary>
    private const int MostNotes = 1 << 17;

    private readonly List<FreedRun> _freed = [];

    /// <summary>No cluster before it is free.</summary>
    private long _firstFree = 1;

    /// <summary>The first byte that was never in use: the file reads as zeroes from there on.</summary>
    private long _untouched = file.Length;

    /// <summary>True when freed clusters wait, and so many that they should not wait longer.</summary>
    public bool IsFull => _freed.Count >= MostNotes;

    public bool HasFreed => _freed.Count > 0;

    /// <summary>Takes the first free clusters, in one run of at most <paramref name="wanted"/>.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/> where the file can't hold or count more.</exception>
    public ClusterRun Take(long wanted) => Take(wanted, exact: false);

    /// <summary>Takes a run of exactly this many clusters.</summary>
    /// <inheritdoc cref="Take(long)"/>
    public ClusterRun TakeRun(long count) => Take(count, exact: true);

    /// <summary>Gives clusters back to which the disk never referred.</summary>
    public void GiveBack(ClusterRun run)
    {
        for (long cluster = run.First; cluster < run.End; cluster++)
            refcounts.Subtract(cluster);
        _firstFree = Math.Min(_firstFree, run.First);
    }

    /// <summary>Notes that the image in memory refers to clusters once less. The disk may still do.</summary>
    /// <param name="discard">Also give the space back to the host, when nothing refers to it any more.</param>
    public void Free(long first, long count, bool discard)
    {
        if (_freed is [.., { } last] && last.Discard == discard && last.First + last.Count == first)
            _freed[^1] = last with { Count = last.Count + count };
        else
            _freed.Add(new FreedRun(first, count, discard));
    }

    /// <summary>Makes freed clusters free. The disk must not refer to them any more.</summary>
    public void Settle()
    {
        foreach (FreedRun run in _freed)
        {
            long discardFrom = run.First;
            for (long cluster = run.First; cluster < run.First + run.Count; cluster++)
            {
                if (refcounts.Subtract(cluster) == 0)
                {
                    _firstFree = Math.Min(_firstFree, cluster);
                    continue;
                }

                Discard(run, discardFrom, cluster);
                discardFrom = cluster + 1;
            }

            Discard(run, discardFrom, run.First + run.Count);
        }

        _freed.Clear();
    }

    private void Discard(in FreedRun run, long from, long end)
    {
        if (!run.Discard || from >= end)
            return;
        long start = from << clusterBits;
        long stop = Math.Min(end << clusterBits, file.Length);
        if (start < stop)
            file.Discard(new HostOffset(start), stop - start);
    }

    private ClusterRun Take(long wanted, bool exact)
    {
        ClusterRun run = Find(_firstFree, wanted, exact);
        // The run's blocks of refcounts, and theirs, need a few clusters more.
        long reach = run.End + (2 * ((run.Count / refcounts.EntriesPerBlock) + 4));
        if (refcounts.IsBeyondTable(reach))
        {
            GrowTable(reach);
            run = Find(_firstFree, wanted, exact);
        }

        RequireRoom(run);
        long floor = run.End;
        for (long cluster = run.First; cluster < run.End; cluster = ((cluster / refcounts.EntriesPerBlock) + 1) * refcounts.EntriesPerBlock)
            RequireBlock(cluster, ref floor);
        Count(run);
        if (run.First == _firstFree || !exact)
            _firstFree = run.End;
        return run;
    }

    /// <summary>Makes the block of refcounts that tells of a cluster, where there is none yet.</summary>
    /// <param name="floor">The block takes the first free cluster from there on.</param>
    private void RequireBlock(long cluster, ref long floor)
    {
        while (!refcounts.HasBlock(cluster))
        {
            ClusterRun place = Find(floor, 1, exact: true);
            RequireRoom(place);
            floor = place.End;
            long told = refcounts.HasBlock(place.First) ? cluster : place.First; // where nothing tells of the place, its own block comes first
            refcounts.AddBlock(told / refcounts.EntriesPerBlock, place.First << clusterBits);
            Count(place);
        }
    }

    private void Count(ClusterRun run)
    {
        refcounts.Add(run.First, run.Count);
        _untouched = Math.Max(_untouched, run.End << clusterBits);
    }

    /// <summary>Moves the refcount table to a longer place.</summary>
    private void GrowTable(long reach)
    {
        int entriesPerCluster = refcounts.ClusterSize / 8;
        long oldOffset = refcounts.TableOffset;
        int oldClusters = refcounts.TableLength / entriesPerCluster;
        long clusters = Math.Max(oldClusters * 3L / 2, oldClusters + 1);
        // It tells of what is asked for, of itself, and of the blocks that this needs.
        while (clusters * entriesPerCluster * refcounts.EntriesPerBlock < reach + (2 * clusters) + 16)
            clusters++;
        long entries = clusters * entriesPerCluster;
        if (entries * 8 > Qcow2Header.MaximumRefcountTableBytes)
        {
            throw new StorageException(ErrorIds.InsufficientSpace,
                $"'{file.Path}' outgrows the refcount table of a qcow2 image with clusters of {refcounts.ClusterSize} bytes.")
            {
                Target = file.Path,
                Remedy = "Convert it to an image with larger clusters.",
            };
        }

        RequireRoom(new ClusterRun(reach, (2 * clusters) + 16)); // once the table is longer there is no way back
        refcounts.ExtendTable((int)entries);
        ClusterRun run = TakeRun(clusters);
        refcounts.MoveTable(run.First << clusterBits);
        Free(oldOffset >> clusterBits, oldClusters, discard: false);
    }

    /// <summary>The first free run at or after a cluster: of the wanted length, or the first one if it need not be exact.</summary>
    private ClusterRun Find(long from, long wanted, bool exact)
    {
        long start = from;
        long cluster = from;
        while (cluster - start < wanted)
        {
            if (refcounts.IsBeyondTable(cluster))
                return Run(start, wanted);
            if (!refcounts.HasBlock(cluster))
            {
                cluster = ((cluster / refcounts.EntriesPerBlock) + 1) * refcounts.EntriesPerBlock;
            }
            else if (refcounts.Get(cluster) == 0)
            {
                cluster++;
            }
            else
            {
                if (!exact && cluster > start)
                    break;
                start = ++cluster;
            }
        }

        return Run(start, Math.Min(wanted, cluster - start));

        ClusterRun Run(long first, long count) => new(first, count, !file.IsFixedSize && first << clusterBits >= _untouched);
    }

    private void RequireRoom(ClusterRun run)
    {
        bool fits = run.End <= (long)(Qcow2Entry.OffsetMask >> clusterBits) && (!file.IsFixedSize || run.End << clusterBits <= file.Length);
        if (!fits)
            throw new StorageException(ErrorIds.InsufficientSpace, $"'{file.Path}' is full: no cluster of its {file.Length} bytes is free.") { Target = file.Path };
        if (overlap(run.First << clusterBits, run.Count << clusterBits) is { } structure)
            throw new ImageFormatException(file, run.First << clusterBits, "refcount", $"0 for clusters of the {structure}", "1: repair the image before it is written to");
    }

    private readonly record struct FreedRun(long First, long Count, bool Discard);
}

/// <summary>Host clusters in a row.</summary>
/// <param name="ReadsAsZeroes">The file holds zeroes there.</param>
internal readonly record struct ClusterRun(long First, long Count, bool ReadsAsZeroes = false)
{
    public long End => First + Count;
}
