namespace OpenStackStorage.Disks;

/// <content>Places for what the guest writes, and zeroes that are not stored.</content>
public sealed partial class VhdxWritableImage
{
    public override WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        long block = start.Value / Geometry.BlockSize;
        (GuestOffset blockStart, GuestOffset last) = InBlock(block, end);
        VhdxBatEntry entry = _map.PayloadEntry(block);
        if (entry.State == VhdxBlockState.FullyPresent)
            return new WritePlace(start, last - start, File, new HostOffset((long)entry.Offset + (start - blockStart)), IsNew: false);
        if (entry.State == VhdxBlockState.PartiallyPresent)
            return PlaceInPartial(block, (long)entry.Offset, start, last);

        bool parentShows = HasParent && entry.State == VhdxBlockState.NotPresent;
        if (parentShows)
            RequireBitmap(block / Geometry.ChunkRatio);
        (long host, bool zeroes) = _space.Take(Geometry.BlockSize);
        _reserved = host;
        if (!parentShows)
            return new WritePlace(blockStart, Geometry.BlockSize, File, new HostOffset(host), IsNew: true, zeroes);
        // Only the sectors that are written; the parent shows through the others.
        (start, last) = WholeSectors(start, last);
        return new WritePlace(start, last - start, File, new HostOffset(host + (start - blockStart)), IsNew: true, zeroes);
    }

    public override void Link(in WritePlace place)
    {
        long block = place.Start.Value / Geometry.BlockSize;
        long inBlock = place.Start.Value % Geometry.BlockSize;
        VhdxBatEntry old = _map.PayloadEntry(block);
        VhdxBlockState state = VhdxBlockState.FullyPresent;
        if (old.State == VhdxBlockState.PartiallyPresent || place.Length < Geometry.UsedLength(block))
        {
            Span<byte> bits = _pages.Change(_map.BitsOffset(block), Geometry.BitmapBytesPerBlock);
            if (old.State != VhdxBlockState.PartiallyPresent)
                bits.Clear(); // of a block that was not present they mean nothing
            VhdxSectorBitmap.Set(bits, (int)(inBlock / Geometry.LogicalSectorSize), (int)(place.Length / Geometry.LogicalSectorSize));
            int sectors = (int)(Geometry.UsedLength(block) / Geometry.LogicalSectorSize);
            bool whole = VhdxSectorBitmap.RunLength(bits, 0, sectors, out bool first) == sectors && first;
            state = whole ? VhdxBlockState.FullyPresent : VhdxBlockState.PartiallyPresent;
        }

        VhdxBatEntry now = new(state, place.Host.Value - inBlock);
        if (now != old)
            SetEntry(Geometry.BatIndex(block), now);
        _reserved = 0;
    }

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        GuestOffset end = start + length;
        bool all = true;
        while (start < end)
        {
            BeginChange();
            long block = start.Value / Geometry.BlockSize;
            (_, GuestOffset last) = InBlock(block, end);
            all &= ZeroInBlock(block, start, last, free);
            start = last;
        }

        return all;
    }

    private bool ZeroInBlock(long block, GuestOffset start, GuestOffset end, bool free)
    {
        VhdxBatEntry entry = _map.PayloadEntry(block);
        bool whole = end - start == Geometry.UsedLength(block);
        if (!entry.IsPresent)
        {
            if (entry.State != VhdxBlockState.NotPresent || ReadsAsZeroesBehind(start))
                return true;
            if (whole)
                SetEntry(Geometry.BatIndex(block), new VhdxBatEntry(VhdxBlockState.Zero, 0));
            return whole;
        }

        if (!free)
            return false;
        if (whole && !_vhdx.Metadata.LeaveBlocksAllocated)
        {
            SetEntry(Geometry.BatIndex(block), new VhdxBatEntry(VhdxBlockState.Zero, 0));
            _space.Free((long)entry.Offset, Geometry.BlockSize);
            return true;
        }

        bool all = true;
        while (start < end)
        {
            Extent extent = _map.Map(start, end);
            if (extent.Kind == ExtentKind.Data)
                File.WriteZeroes(extent.Host, extent.Length);
            else
                all &= ReadsAsZeroesBehind(start);
            start = extent.End;
        }

        return all;
    }

    /// <summary>A run of sectors of a partially present block, all of them in this file or none.</summary>
    private WritePlace PlaceInPartial(long block, long host, GuestOffset start, GuestOffset end)
    {
        int sector = Geometry.LogicalSectorSize;
        GuestOffset blockStart = new(block * Geometry.BlockSize);
        ReadOnlySpan<byte> bits = BitsOf(block);
        int first = (int)((start - blockStart) / sector);
        int run = VhdxSectorBitmap.RunLength(bits, first, Geometry.SectorsPerBlock, out bool isHere);
        (GuestOffset from, GuestOffset to) = WholeSectors(start, end);
        GuestOffset runEnd = blockStart + ((first + (long)run) * sector);
        to = to < runEnd ? to : runEnd;
        return new WritePlace(from, to - from, File, new HostOffset(host + (from - blockStart)), IsNew: !isHere);
    }

    private ReadOnlySpan<byte> BitsOf(long block) => _pages.From(_map.BitsOffset(block))[..Geometry.BitmapBytesPerBlock];

    /// <summary>Makes the sector bitmap block of a chunk, all of zeroes, where there is none yet.</summary>
    private void RequireBitmap(long chunk)
    {
        if (_map.BitmapEntry(chunk).IsPresent)
            return;
        (long host, bool zeroes) = _space.Take(VhdxGeometry.BitmapBlockSize);
        if (!zeroes)
            File.WriteZeroes(new HostOffset(host), VhdxGeometry.BitmapBlockSize);
        _pages.Drop(host, VhdxGeometry.BitmapBlockSize);
        SetEntry(Geometry.BitmapBatIndex(chunk), new VhdxBatEntry(VhdxBlockState.FullyPresent, host));
    }

    /// <summary>True when what this image does not hold reads as zeroes from there on.</summary>
    private bool ReadsAsZeroesBehind(GuestOffset start) =>
        !HasParent || (!RecordsAllZeroes && Backing is not null && start.Value >= Backing.VirtualSize); // it may not have been opened

    /// <summary>Where a block starts, and where the part of it before <paramref name="end"/> ends.</summary>
    private (GuestOffset Start, GuestOffset End) InBlock(long block, GuestOffset end)
    {
        GuestOffset start = new(block * Geometry.BlockSize);
        GuestOffset blockEnd = start + Geometry.UsedLength(block);
        return (start, end < blockEnd ? end : blockEnd);
    }

    private (GuestOffset Start, GuestOffset End) WholeSectors(GuestOffset start, GuestOffset end)
    {
        int sector = Geometry.LogicalSectorSize;
        return (new(start.Value / sector * sector), new((end.Value + sector - 1) / sector * sector));
    }
}
