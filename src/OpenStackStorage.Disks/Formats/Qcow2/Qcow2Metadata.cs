namespace OpenStackStorage.Disks;

/// <summary>
/// The metadata of an image that is open for writing, and the one place that orders its way to the disk:
/// <list type="number">
/// <item>data in new clusters, and refcounts that rose for them; the refcount table behind its blocks;</item>
/// <item>L2 tables; behind them the L1 entries that name new ones;</item>
/// <item>only then freed clusters are free. Their counts fall with the next writing.</item>
/// </list>
/// Between two of them the device is flushed. So whatever the disk refers to is there and counted, and a crash leaves
/// leaks at worst. Entries never straddle a sector, so that a torn table has old and new entries, and both are good.
/// </summary>
internal sealed class Qcow2Metadata
{
    private readonly BlockDevice _file;
    private readonly BlockDevice _data;

    /// <param name="image">The image that extents are said to come from.</param>
    /// <param name="cacheBudget">Bytes of L2 tables, and again of refcount blocks, that are held.</param>
    public Qcow2Metadata(DiskImage image, in Qcow2Header header, BlockDevice? dataFile, bool hasBacking, int cacheBudget)
    {
        _file = image.File;
        _data = dataFile ?? _file;
        Header = header;
        Refcounts = new Qcow2RefcountEditor(_file, header, cacheBudget);
        Pool = new Qcow2ClusterPool(_file, Refcounts, ClusterBits, (offset, length) => Header.Overlap(offset, length));
        Tables = new Qcow2EditTables(_file, header, cacheBudget, Write);
        Map = new Qcow2Map(image, header, Tables, _data, hasBacking);
    }

    /// <summary>As it is on the disk.</summary>
    public Qcow2Header Header { get; private set; }

    public Qcow2RefcountEditor Refcounts { get; }

    public Qcow2ClusterPool Pool { get; }

    public Qcow2EditTables Tables { get; }

    public Qcow2Map Map { get; }

    public int ClusterBits => (int)Header.ClusterBits;

    /// <summary>True when memory holds what the disk does not have.</summary>
    public bool HasChanges => Refcounts.BlocksAreDirty || Refcounts.TableIsDirty || Tables.L2IsDirty || Tables.L1IsDirty || Pool.HasFreed;

    /// <summary>Waits until all that was written is on stable storage.</summary>
    public void Barrier()
    {
        if (!ReferenceEquals(_data, _file))
            _data.Flush();
        _file.Flush();
    }

    /// <summary>Writes all changes in their order, and returns when they are on stable storage.</summary>
    public void Write()
    {
        WriteRefcounts();
        if (Tables.L2IsDirty || Tables.L1IsDirty)
        {
            Barrier();
            Tables.WriteL2();
            if (Tables.L1IsDirty)
            {
                Barrier();
                Tables.WriteL1();
            }
        }

        Barrier();
        Pool.Settle();
    }

    /// <summary>Replaces the header in one write within a sector, which a power cut does or does not do.</summary>
    public void WriteHeader(Qcow2Header header)
    {
        byte[] bytes = new byte[header.HeaderLength];
        header.WriteTo(bytes);
        // Fields behind the known ones are none of ours.
        _file.Write(default, bytes.AsSpan(0, Math.Min(bytes.Length, Qcow2Header.MaximumLength)));
        Adopt(header);
    }

    /// <summary>Takes over a header that is on the disk.</summary>
    public void Adopt(in Qcow2Header header)
    {
        Header = header;
        Map.Renew(header);
    }

    /// <summary>Makes another L1 table, which was written already, the active one, for a disk of a given size.</summary>
    public void ReplaceL1(ulong[] entries, long offset, ulong size)
    {
        Barrier();
        WriteHeader(Header with { L1TableOffset = (ulong)offset, L1Size = (uint)entries.Length, Size = size });
        Barrier();
        Tables.Replace(entries, offset);
    }

    /// <summary>The L2 table of an L1 entry, such that it can be changed: a new one, or a copy where a snapshot has it too.</summary>
    public Qcow2CachedTable TableForWriting(int index)
    {
        long old = Tables.OffsetOf(index);
        ulong refcount = old == 0 ? 0 : RequireCounted(old, "L2 table");
        if (refcount == 1)
        {
            if (!Tables.IsCopied(index))
                Tables.SetEntry(index, old, copied: true);
            return Tables.Get(old);
        }

        byte[] bytes = old == 0 ? new byte[Header.ClusterSize] : (byte[])Tables.Load(old).Clone();
        long place = Pool.TakeRun(1).First << ClusterBits;
        Qcow2CachedTable table = Tables.Add(place, bytes);
        Tables.SetEntry(index, place, copied: true);
        if (old != 0)
            Pool.Free(old >> ClusterBits, 1, discard: false);
        return table;
    }

    /// <summary>The refcount of a cluster that is in use.</summary>
    /// <exception cref="ImageFormatException">It is 0: the cluster could be given out a second time.</exception>
    public ulong RequireCounted(long offset, string what)
    {
        ulong refcount = Refcounts.Get(offset >> ClusterBits);
        return refcount > 0
            ? refcount
            : throw new ImageFormatException(_file, offset, "refcount", $"0 for a cluster that is in use ({what})", "1 or more: repair the image before it is written to");
    }

    private void WriteRefcounts()
    {
        Refcounts.WriteBlocks();
        if (!Refcounts.TableIsDirty)
            return;
        bool moved = Refcounts.TableMoved;
        Barrier();
        Refcounts.WriteTable();
        if (!moved)
            return;
        Barrier();
        WriteHeader(Header with
        {
            RefcountTableOffset = (ulong)Refcounts.TableOffset,
            RefcountTableClusters = (uint)((Refcounts.TableLength * 8L) >> ClusterBits),
        });
    }
}
