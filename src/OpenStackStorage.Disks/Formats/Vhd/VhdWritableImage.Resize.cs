namespace OpenStackStorage.Disks;

/// <content>Another size.</content>
internal sealed partial class VhdWritableImage
{
    /// <inheritdoc/>
    /// <remarks>The size is rounded up to whole sectors.</remarks>
    public override void Resize(long size)
    {
        VhdFooter footer = _footers.Footer.WithSize(File, size);
        if (footer.VirtualSize != VirtualSize)
        {
            // Windows refuses a chain of disks of different sizes (ERROR_VHD_CHILD_PARENT_SIZE_MISMATCH).
            if (_differencing)
                throw CreateOptions.Invalid($"'{File.Path}' is a differencing VHD: it must have the size of its parent, {VirtualSize} bytes. Merge it, or convert it to a dynamic disk first");
            BeginChange();
            Flush();
            if (footer.VirtualSize > VirtualSize)
                Grow(footer);
            else
                Shrink(footer);
        }

        Flush();
    }

    private void Grow(in VhdFooter footer)
    {
        int blocks = BlocksOf(footer);
        long stored = _table.Entries.Length - _table.Entries.AsSpan().Count(VhdBlockTable.Free);
        VhdLayout.RequireReach(_header, _space.End - (stored * (_header.BitmapLength + (long)_blockSize)), blocks);
        if (blocks > _table.Entries.Length)
            MoveTable(blocks);
        int last = BlocksOf(_footers.Footer) - 1;
        int used = (int)(VirtualSize % _blockSize);
        if (used != 0 && _table[last] != VhdBlockTable.Free)
            File.WriteZeroes(new HostOffset(_map.DataOf(_table[last]) + used), _blockSize - used); // what lay behind the disk's end
        Flush();
        File.Flush();
        _footers.Replace(footer);
    }

    private void Shrink(in VhdFooter footer)
    {
        int first = BlocksOf(footer);
        int end = BlocksOf(_footers.Footer);
        _footers.Replace(footer);
        List<long> dropped = [];
        for (int block = first; block < end; block++)
        {
            if (_table[block] == VhdBlockTable.Free)
                continue;
            dropped.Add(_table[block] * 512L);
            _table[block] = VhdBlockTable.Free;
            _bitmaps.Remove(block);
        }

        Flush();
        foreach (long place in dropped)
            _space.GiveBack(place);
        Trim();
    }

    /// <summary>
    /// Puts a larger table behind the blocks: it may stand anywhere. The header, whose fields of the table lie all in its
    /// first sector, then refers to it in one write.
    /// </summary>
    private void MoveTable(int entries)
    {
        long place = _space.TakeSectors(entries * 4L);
        uint[] larger = new uint[entries];
        larger.AsSpan().Fill(VhdBlockTable.Free);
        _table.Entries.CopyTo(larger, 0);
        _table.Replace(larger, place);
        File.Flush();
        _header = _header with { TableOffset = (ulong)place, MaxTableEntries = (uint)entries };
        _header.Update(_headerBytes);
        File.Write(new HostOffset(HeaderOffset), _headerBytes.AsSpan(0, 512));
        File.Flush();
    }

    private int BlocksOf(in VhdFooter footer) => (int)((footer.VirtualSize + _blockSize - 1) / _blockSize);
}
