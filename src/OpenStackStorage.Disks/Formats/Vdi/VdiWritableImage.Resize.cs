using System.Buffers;

namespace OpenStackStorage.Disks;

/// <content>Another size, another parent, and blocks that move.</content>
internal sealed partial class VdiWritableImage
{
    /// <inheritdoc/>
    /// <remarks>The size is rounded up to whole sectors.</remarks>
    public override void Resize(long size)
    {
        long largest = (long)VdiHeader.MaximumBlocks * ClusterSize;
        if (size < 0 || size > largest)
            throw CreateOptions.Invalid($"'{File.Path}' can't have a disk of {size} bytes: with blocks of {ClusterSize} bytes it has at most {largest} bytes");
        size = (size + 511) & ~511L;
        if (size != VirtualSize)
        {
            BeginChange();
            Flush();
            if (size > VirtualSize)
                Grow(size);
            else
                Shrink(size);
        }

        Flush();
    }

    /// <inheritdoc/>
    /// <remarks>A VDI knows its parent by its id only: the name is not recorded. Only a differencing image has one.</remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        if (!_header.HasParent)
            throw CreateOptions.Invalid($"'{File.Path}' is a {VdiLayout.NameOf(_header.Type)} VDI: it has no parent");
        if (name is not null && backing is not VdiImage)
            throw CreateOptions.Invalid($"the parent of a differencing VDI is {backing?.Format.ToString() ?? "not open"}, and another VDI was expected");
        BeginChange();
        Flush();
        VdiHeader? parent = (backing as VdiImage)?.Header;
        _header = _header with { ParentId = parent?.Id ?? default, ParentModificationId = parent?.ModificationId ?? default };
        WriteHeader(name is null ? _header with { Type = VdiImageType.Dynamic, ParentId = default, ParentModificationId = default } : _header);
        File.Flush();
    }

    /// <inheritdoc/>
    /// <remarks>There is room for one: while the parent is being changed, the old one stays.</remarks>
    public override void SetBackingId(Guid id, Guid? other)
    {
        if (other is not null || !_header.HasParent)
            return;
        WriteHeader(_header with { ParentModificationId = id });
        File.Flush();
    }

    private void Grow(long size)
    {
        int blocks = BlocksOf(size);
        int old = _map.Entries.Length;
        int last = BlocksOf(VirtualSize) - 1;
        int used = (int)(VirtualSize % ClusterSize);
        if (used != 0 && _map[last] < VdiBlockMap.Zero)
            File.WriteZeroes(HostOf(_map[last]) + used, ClusterSize - used); // what lay behind the disk's end
        FreeEntriesFrom(last + 1);
        if (blocks <= old)
        {
            Flush();
            WriteHeader(_header with { DiskSize = (ulong)size });
            File.Flush();
            return;
        }

        (long mapOffset, uint shift) = MakeRoomForMap(blocks);
        _space.Close(shift);
        uint[] map = new uint[blocks];
        for (int i = 0; i < old; i++)
            map[i] = _map[i] < VdiBlockMap.Zero ? _map[i] - shift : _map[i];
        map.AsSpan(old).Fill(VdiBlockMap.Free);
        VdiHeader header = _header with { MapOffset = (uint)mapOffset, DataOffset = (uint)(_header.DataOffset + (shift * (long)ClusterSize)), DiskSize = (ulong)size, Blocks = (uint)blocks };
        if (header.Type == VdiImageType.Static)
        {
            for (int i = old; i < blocks; i++)
                map[i] = Take() - shift;
        }

        Lengthen();
        _map.Replace(map, mapOffset);
        File.Flush();
        _space.Shift(map);
        WriteHeader(header with { BlocksAllocated = _space.Allocated });
        File.Flush();
    }

    /// <summary>
    /// Finds a place for a larger map between header and data: where it is, before it, or in the place of the first blocks,
    /// which move to the end. The old map stays as it is, until the header refers to the new one.
    /// </summary>
    /// <returns>The place, and how many of the first blocks are no longer blocks.</returns>
    private (long Offset, uint Shift) MakeRoomForMap(int blocks)
    {
        long length = ((blocks * 4L) + 511) & ~511L;
        long first = (VdiHeader.HeaderStart + (long)_header.HeaderLength + 511) & ~511L;
        if (_map.Offset + length <= _header.DataOffset)
            return (_map.Offset, 0);
        if (first + length <= _map.Offset)
            return (first, 0);
        uint shift = (uint)((length + ClusterSize - 1) / ClusterSize);
        if (_header.DataOffset + (shift * (long)ClusterSize) > uint.MaxValue)
            throw CreateOptions.Invalid($"'{File.Path}' can't have {blocks} blocks: their map would reach beyond 4 GiB of the file");
        _space.Close(shift);
        MoveBlocks(entry => entry < shift);
        return (_header.DataOffset, shift);
    }

    private void Shrink(long size)
    {
        // The size first: what lies behind the end is then without meaning, whether it is freed or not yet.
        WriteHeader(_header with { DiskSize = (ulong)size });
        File.Flush();
        int blocks = BlocksOf(size);
        FreeEntriesFrom(blocks);
        Flush();
        Compact();
        WriteHeader(_header with { Blocks = (uint)blocks });
        File.Flush();
        _map.Cut(blocks);
    }

    private void FreeEntriesFrom(int block)
    {
        for (; block < _map.Entries.Length; block++)
        {
            uint entry = _map[block];
            if (entry == VdiBlockMap.Free)
                continue;
            _map[block] = VdiBlockMap.Free;
            if (entry < VdiBlockMap.Zero)
                _space.Free(entry);
        }
    }

    /// <summary>Moves the last blocks into the gaps, so that all allocated blocks are used, and ends the file behind them.</summary>
    private void Compact()
    {
        uint used = 0;
        foreach (uint entry in _map.Entries)
            used += entry < VdiBlockMap.Zero ? 1u : 0;
        _space.FindFree(_map.Entries);
        MoveBlocks(entry => entry >= used); // there are as many free ones before
        _space.Cut(used);
        if (used != _header.BlocksAllocated)
        {
            WriteHeader(_header with { BlocksAllocated = used });
            File.Flush();
        }

        if (File.IsFixedSize || File.Length == End)
            return;
        File.SetLength(End);
        File.Flush();
    }

    /// <summary>Moves blocks: first the copies, then the map.</summary>
    private void MoveBlocks(Predicate<uint> isMoved)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(ClusterSize, 1 << 20));
        for (int i = 0; i < _map.Entries.Length; i++)
        {
            uint entry = _map[i];
            if (entry >= VdiBlockMap.Zero || !isMoved(entry))
                continue;
            uint place = Take();
            for (int done = 0; done < ClusterSize;)
            {
                Span<byte> piece = buffer.AsSpan(0, Math.Min(buffer.Length, ClusterSize - done));
                File.ReadPadded(HostOf(entry) + done, piece);
                if (!ZeroScanner.IsZero(piece))
                    File.Write(HostOf(place) + done, piece);
                done += piece.Length;
            }

            _map[i] = place;
            _space.Free(entry);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        Flush();
    }

    private int BlocksOf(long size) => (int)((size + ClusterSize - 1) / ClusterSize);
}
