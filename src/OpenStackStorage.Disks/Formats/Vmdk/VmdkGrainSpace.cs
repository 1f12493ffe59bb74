namespace OpenStackStorage.Disks;

/// <summary>Sectors of an extent's file, one after the other.</summary>
/// <param name="ReadsAsZeroes">They hold zeroes already.</param>
internal readonly record struct VmdkSectorRun(long First, long Count, bool ReadsAsZeroes);

/// <summary>
/// Where new grains and tables of a sparse extent go: to grains that were freed since the extent was opened, else to the
/// end of the file. A freed grain is given out again only when the tables on the disk no longer name it.
/// </summary>
/// <param name="grain">Sectors of a grain.</param>
internal sealed class VmdkGrainSpace(BlockDevice file, int grain)
{
    private const int Sector = VmdkSparseHeader.SectorSize;

    /// <summary>Freed grains that are remembered; others stay holes of the file.</summary>
    private const int MaximumKept = 1 << 16;

    private readonly SortedSet<long> _free = [];
    private readonly List<long> _freed = [];
    private long _end = ((((file.Length + Sector - 1) / Sector) + grain - 1) / grain) * grain;

    public bool IsFull => _freed.Count >= MaximumKept;

    /// <summary>One grain or more in a row, at most as many as asked for.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/>.</exception>
    public VmdkSectorRun TakeGrains(long count)
    {
        if (_free.Count == 0)
            return TakeAtEnd(count * grain);
        long first = _free.Min;
        long taken = 0;
        while (taken < count && _free.Remove(first + (taken * grain)))
            taken++;
        return new VmdkSectorRun(first, taken * grain, ReadsAsZeroes: false);
    }

    /// <summary>Sectors behind everything else; the file holds them, as zeroes, when this returns.</summary>
    /// <inheritdoc cref="TakeGrains" path="/exception"/>
    public VmdkSectorRun TakeAtEnd(long sectors)
    {
        long first = _end;
        long end = first + ((sectors + grain - 1) / grain * grain);
        if (end > VmdkLayout.MaximumSparseSectors)
        {
            throw new StorageException(ErrorIds.InsufficientSpace, $"'{file.Path}' can't hold more than 2 TiB: grain tables name sectors with 32 bits.")
            {
                Target = file.Path,
                Remedy = "Convert it to the subformat monolithicFlat.",
            };
        }

        file.SetLength(end * Sector);
        _end = end;
        return new VmdkSectorRun(first, sectors, ReadsAsZeroes: true);
    }

    /// <summary>Takes back what no table on the disk has named.</summary>
    public void GiveBack(in VmdkSectorRun run)
    {
        if (run.First + ((run.Count + grain - 1) / grain * grain) == _end)
        {
            _end = run.First;
            file.SetLength(_end * Sector);
            return;
        }

        for (long sector = run.First; sector + grain <= run.First + run.Count; sector += grain)
            Keep(sector);
    }

    /// <summary>Notes that a grain is no longer named by the tables in memory.</summary>
    public void Free(long sector) => _freed.Add(sector);

    /// <summary>The tables are on stable storage: what was freed is free, and the host may have it.</summary>
    public void Settle()
    {
        if (_freed.Count == 0)
            return;
        _freed.Sort();
        for (int i = 0; i < _freed.Count;)
        {
            int start = i;
            do
            {
                Keep(_freed[i++]);
            }
            while (i < _freed.Count && _freed[i] == _freed[i - 1] + grain);
            Discard(_freed[start], (long)(i - start) * grain);
        }

        _freed.Clear();
    }

    /// <summary>Gives sectors back to the host that nothing on the disk names.</summary>
    public void Discard(long first, long count) => file.Discard(new HostOffset(first * Sector), count * Sector);

    private void Keep(long sector)
    {
        if (_free.Count < MaximumKept)
            _free.Add(sector);
    }
}
