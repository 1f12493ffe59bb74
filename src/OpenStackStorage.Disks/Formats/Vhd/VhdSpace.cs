namespace OpenStackStorage.Disks;

/// <summary>
/// Gives out the file's space for new blocks: first what no block uses, then what is behind the last one. There the footer
/// moves out of the way before anything is written over it, so that the file has its footer at every moment.
/// </summary>
internal sealed class VhdSpace
{
    /// <summary>The footer moves by an eighth of the file at a time, but by no more than this: each move costs a flush.</summary>
    private const long MostAhead = 256 << 20;

    private readonly BlockDevice _file;
    private readonly VhdFooters _footers;
    private readonly int _bitmapLength;
    private readonly long _blockLength;

    /// <summary>Where unused blocks start, the first one first.</summary>
    private readonly SortedSet<long> _free = [];

    /// <summary>What lies before was there when the file was opened, and may be anything; later growth is zero.</summary>
    private readonly long _unknownEnd;

    /// <summary>Before the first block of a disk others keep data of their own.</summary>
    private readonly long _keep;

    public VhdSpace(BlockDevice file, VhdFooters footers, VhdMetadata metadata, uint[] table)
    {
        _file = file;
        _footers = footers;
        _bitmapLength = metadata.Header!.BitmapLength;
        _blockLength = _bitmapLength + (long)metadata.Header.BlockSize;
        _unknownEnd = file.Length;
        End = VhdBlockTable.UsedEnd(table, metadata.HeaderOffset, metadata.Header, file.Length);
        if (Array.TrueForAll(table, entry => entry == VhdBlockTable.Free) && metadata.DataEnd - End < _blockLength)
            End = _keep = metadata.DataEnd;
        foreach ((long start, long end) in VhdBlockTable.Gaps(table, metadata))
        {
            for (long block = BlockAt(start); end < End && block + _blockLength <= end; block = BlockAt(block + _blockLength))
                _free.Add(block);
        }
    }

    /// <summary>Byte behind all that was given out.</summary>
    public long End { get; private set; }

    /// <summary>Takes the space of a block; its data is zero, its bitmap may be anything. Returns where it starts.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/>.</exception>
    public long Take()
    {
        long start = _free.Count > 0 ? _free.Min : BlockAt(End);
        long end = start + _blockLength;
        if (!_free.Remove(start))
        {
            if (end / 512 >= VhdBlockTable.Free)
                throw new StorageException(ErrorIds.InsufficientSpace, $"'{_file.Path}' would be larger than the 2 TiB that its block allocation table reaches.") { Target = _file.Path };
            GrowTo(end);
        }

        if (_file.IsFixedSize || start < _unknownEnd)
            _file.WriteZeroes(new HostOffset(start), _blockLength);
        return start;
    }

    /// <summary>Takes back the space of a block. Nothing on the disk may refer to it any more.</summary>
    public void GiveBack(long start)
    {
        _file.WriteZeroes(new HostOffset(start), _blockLength); // on a file system with holes this frees the host's space too
        _free.Add(start);
    }

    /// <summary>Takes whole sectors behind all blocks; what they hold is not defined.</summary>
    public long TakeSectors(long length)
    {
        long start = VhdLayout.SectorsOf(End);
        GrowTo(start + VhdLayout.SectorsOf(length));
        return start;
    }

    /// <summary>Ends the file behind what is used.</summary>
    public void Trim(long usedEnd)
    {
        End = Math.Max(_keep, VhdLayout.SectorsOf(usedEnd));
        _free.RemoveWhere(start => start >= End);
        if (!_file.IsFixedSize && _footers.Offset > End)
            _footers.CutTo(End);
    }

    private void GrowTo(long end)
    {
        if (end > _footers.Offset)
        {
            if (_file.IsFixedSize)
                throw new StorageException(ErrorIds.InsufficientSpace, $"'{_file.Path}' is full: it has {_file.Length} bytes, and {end + VhdFooter.Length} are needed.") { Target = _file.Path };
            long old = _footers.Offset;
            long ahead = Math.Clamp(end / 8, _blockLength, MostAhead);
            _footers.MoveTo(VhdLayout.SectorsOf(end + ahead));
            _file.WriteZeroes(new HostOffset(old), VhdFooter.Length);
        }

        End = end;
    }

    private long BlockAt(long end) => VhdLayout.BlockAt(end, _bitmapLength);
}
