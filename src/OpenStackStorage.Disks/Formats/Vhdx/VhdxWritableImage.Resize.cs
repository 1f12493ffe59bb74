namespace OpenStackStorage.Disks;

/// <content>Another size.</content>
public sealed partial class VhdxWritableImage
{
    /// <inheritdoc/>
    public override void Resize(long size)
    {
        if (size is < 0 or > VhdxMetadataRegion.MaximumVirtualSize)
            throw Invalid($"'{File.Path}' can't have a disk of {size} bytes: a VHDX has at most 64 TiB, {VhdxMetadataRegion.MaximumVirtualSize} bytes.");
        int sector = Geometry.LogicalSectorSize;
        size = (size + sector - 1) / sector * sector;
        if (size != VirtualSize)
        {
            BeginChange();
            if (_pages.ChangedSectors > 0)
                Commit();
            if (size > VirtualSize)
                Grow(size);
            else
                Shrink(size);
        }

        Flush();
    }

    private void Grow(long size)
    {
        VhdxFile old = _vhdx;
        long entries = (Geometry with { VirtualSize = size }).BatEntries(HasParent);
        if (entries * VhdxBatEntry.Length > old.Regions.Bat.Length)
        {
            MoveBat(entries * VhdxBatEntry.Length);
            old = _vhdx;
        }

        AdoptSize(size);
        try
        {
            ForgetEntries(old.Geometry);
            CompleteLastBlock(old.Geometry);
            // The rest of the last block, and what a longer parent has.
            ImageEditor editor = new(this);
            editor.Zero(new GuestOffset(old.Geometry.VirtualSize), size - old.Geometry.VirtualSize, free: true);
            if (_vhdx.Metadata.LeaveBlocksAllocated)
                editor.Preallocate(new GuestOffset(old.Geometry.VirtualSize), size - old.Geometry.VirtualSize, Preallocation.Metadata, new WorkProgress(), CancellationToken.None);
            TakeBackReserved();
            Flush();
            WriteSize(size);
        }
        catch
        {
            Adopt(old);
            throw;
        }
    }

    private void Shrink(long size)
    {
        // The size first: what lies behind the end is then without meaning, whether it is freed or not yet.
        VhdxGeometry old = Geometry;
        VhdxMap oldMap = _map;
        WriteSize(size);
        AdoptSize(size);
        for (long block = Geometry.Blocks; block < old.Blocks; block++)
        {
            VhdxBatEntry entry = oldMap.PayloadEntry(block);
            if (entry.IsPresent)
                _space.Free((long)entry.Offset, old.BlockSize);
            ClearEntry(old.BatIndex(block));
        }

        for (long chunk = Geometry.Chunks; HasParent && chunk < old.Chunks; chunk++)
        {
            VhdxBatEntry entry = oldMap.BitmapEntry(chunk);
            if (entry.IsPresent)
                FreeBitmap(entry);
            ClearEntry(old.BitmapBatIndex(chunk));
        }
    }

    /// <summary>What an interrupted shrink left in the entries of blocks to come refers to nothing.</summary>
    private void ForgetEntries(VhdxGeometry old)
    {
        for (long block = old.Blocks; block < Geometry.Blocks; block++)
            ClearEntry(Geometry.BatIndex(block));
        for (long chunk = old.Chunks; HasParent && chunk < Geometry.Chunks; chunk++)
            ClearEntry(Geometry.BitmapBatIndex(chunk));
    }

    private void FreeBitmap(VhdxBatEntry entry)
    {
        _space.Free((long)entry.Offset, VhdxGeometry.BitmapBlockSize);
        _pages.Drop((long)entry.Offset, VhdxGeometry.BitmapBlockSize);
    }

    private void ClearEntry(long index)
    {
        if (_pages.Read64(_map.BatOffset(index)) == 0)
            return;
        MakeRoomInEntry();
        SetEntry(index, default);
    }

    /// <summary>The file may end where the disk did.</summary>
    private void CompleteLastBlock(VhdxGeometry old)
    {
        if (old.Blocks == 0)
            return;
        VhdxBatEntry entry = new(_pages.Read64(_map.BatOffset(old.BatIndex(old.Blocks - 1))));
        long end = (long)entry.Offset + old.BlockSize;
        if (entry.IsPresent && end > File.Length && !File.IsFixedSize)
            File.SetLength(end);
    }

    /// <summary>Copies the BAT to a larger place. All references to it change in one entry of the log.</summary>
    private void MoveBat(long needed)
    {
        VhdxRegion old = _vhdx.Regions.Bat;
        long length = (needed + VhdxHeader.Unit - 1) / VhdxHeader.Unit * VhdxHeader.Unit;
        (long offset, bool zeroes) = _space.Take(length);
        byte[] page = new byte[VhdxPageCache.PageSize];
        for (long at = 0; at < old.Length; at += page.Length)
        {
            File.ReadPadded(new HostOffset(old.Offset + at), page);
            File.Write(new HostOffset(offset + at), page);
        }

        if (!zeroes)
            File.WriteZeroes(new HostOffset(offset + old.Length), length - old.Length);
        _pages.Drop(offset, length);
        byte[] table = VhdxRegionTable.Moved(File, VhdxRegionTable.BatId, offset, length);
        _pages.WriteChanged(VhdxRegionTable.FirstOffset, table);
        _pages.WriteChanged(VhdxRegionTable.SecondOffset, table);
        Commit();
        _pages.Drop(old.Offset, old.Length);
        _space.Free(old.Offset, old.Length);
        _space.Settle();
        Adopt(_vhdx with { Regions = VhdxRegionTable.Read(File, _journal.Header) });
    }

    private void WriteSize(long size)
    {
        _pages.Write64(VhdxMetadataRegion.FindVirtualSize(File, _vhdx.Regions.Metadata), (ulong)size);
        Commit();
    }

    private void AdoptSize(long size) => Adopt(_vhdx with { Metadata = _vhdx.Metadata with { VirtualSize = size } });

    private StorageException Invalid(string message) => new(ErrorIds.ParameterInvalid, message) { Target = File.Path };
}
