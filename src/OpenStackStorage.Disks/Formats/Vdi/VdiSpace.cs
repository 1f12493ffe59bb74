namespace OpenStackStorage.Disks;

/// <summary>
/// The blocks of the data area, by number: those that no entry of the map names, and the ones behind the last. A block that
/// was freed is given out again only when the map on the disk no longer names it.
/// </summary>
internal sealed class VdiSpace
{
    private readonly SortedSet<uint> _free = [];
    private readonly List<uint> _freed = [];

    /// <summary>Blocks before this one are not given out any more.</summary>
    private uint _first;

    /// <param name="allocated">Blocks of the data area, cBlocksAllocated.</param>
    public VdiSpace(uint allocated, ReadOnlySpan<uint> map)
    {
        Allocated = allocated;
        FindFree(map);
    }

    /// <summary>Blocks of the data area, free ones among them.</summary>
    public uint Allocated { get; private set; }

    public bool HasFree => _free.Count > 0;

    public bool HasFreed => _freed.Count > 0;

    /// <summary>Takes a block: the first free one, or one more.</summary>
    public uint Take()
    {
        if (_free.Count == 0)
            return Allocated++;
        uint block = _free.Min;
        _free.Remove(block);
        return block;
    }

    /// <summary>Takes back a block that nothing on the disk names.</summary>
    public void GiveBack(uint block)
    {
        if (block >= _first)
            _free.Add(block);
    }

    /// <summary>Frees a block that the map on the disk still names.</summary>
    public void Free(uint block) => _freed.Add(block);

    /// <summary>The map on the disk is written: what was freed is free. Returns these blocks.</summary>
    public uint[] Release()
    {
        uint[] released = [.. _freed];
        Array.ForEach(released, GiveBack);
        _freed.Clear();
        return released;
    }

    /// <summary>Finds the free blocks anew, by a map that is on the disk.</summary>
    public void FindFree(ReadOnlySpan<uint> map)
    {
        bool[] used = new bool[Allocated];
        foreach (uint entry in map)
        {
            if (entry < VdiBlockMap.Zero)
                used[entry] = true;
        }

        _first = 0;
        _free.Clear();
        for (uint block = 0; block < used.Length; block++)
        {
            if (!used[block])
                _free.Add(block);
        }
    }

    /// <summary>The first blocks are not given out any more: they are going to be no blocks.</summary>
    public void Close(uint blocks)
    {
        _first = blocks;
        _free.RemoveWhere(block => block < blocks);
        Allocated = Math.Max(Allocated, blocks);
    }

    /// <summary>The closed ones are no blocks now; all others count from zero.</summary>
    public void Shift(ReadOnlySpan<uint> map)
    {
        Allocated -= _first;
        FindFree(map);
    }

    /// <summary>Only the first blocks are left, and all of them are used.</summary>
    public void Cut(uint blocks)
    {
        _free.Clear();
        Allocated = blocks;
    }
}
