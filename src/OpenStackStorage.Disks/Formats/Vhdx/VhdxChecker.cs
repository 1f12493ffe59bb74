using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>
/// Goes through both headers, both region tables, the log and the whole BAT, and marks every MiB of the file that something
/// uses: what is used twice is corrupt, what nothing uses and holds data is a leak.
/// </summary>
internal sealed class VhdxChecker(BlockDevice device)
{
    /// <summary>Bytes of the file whose use is recorded: 32 MiB of bits. The largest disk has a quarter of it.</summary>
    private const long MarkedLength = 256L << 40;

    private const int PieceLength = 64 << 10;

    private readonly List<CheckFinding> _found = [];
    private VhdxFile _vhdx = null!;
    private ulong[] _used = [];

    public IEnumerable<CheckFinding> Run(WorkProgress progress, CancellationToken token)
    {
        CheckHeaders();
        _vhdx = VhdxFile.Read(device);
        CheckRegionTables();
        if (_vhdx.Header.HasLog)
            Report(CheckSeverity.Information, (long)_vhdx.Header.LogOffset, "log", $"the file was not closed properly: its log changes {LogBytes()} bytes, which count as changed here; a program that opens it for writing replays it");
        _used = new ulong[(Math.Min(_vhdx.Content.Length, MarkedLength) + (VhdxHeader.Unit * 64) - 1) / (VhdxHeader.Unit * 64)];
        foreach (VhdxRegion region in _vhdx.Regions.Taken)
            Mark(region.Offset, region.Length);
        return Drain().Concat(CheckBat(progress, token)).Concat(FindLeaks(token));
    }

    private void CheckHeaders()
    {
        Span<byte> bytes = stackalloc byte[VhdxHeader.Length];
        foreach (long offset in new[] { VhdxHeader.FirstOffset, VhdxHeader.SecondOffset })
        {
            device.ReadPadded(new HostOffset(offset), bytes);
            if (!VhdxHeader.IsIntact(bytes))
                Report(CheckSeverity.Information, offset, "header", "signature or CRC-32C of this copy is wrong, as a write that was cut short leaves it; the other one counts");
        }
    }

    private void CheckRegionTables()
    {
        byte[] first = new byte[VhdxRegionTable.Length];
        byte[] second = new byte[VhdxRegionTable.Length];
        bool firstIntact = VhdxRegionTable.TryRead(_vhdx.Content, VhdxRegionTable.FirstOffset, first);
        bool secondIntact = VhdxRegionTable.TryRead(_vhdx.Content, VhdxRegionTable.SecondOffset, second);
        if (!firstIntact || !secondIntact)
            Report(CheckSeverity.Corruption, firstIntact ? VhdxRegionTable.SecondOffset : VhdxRegionTable.FirstOffset, "region table", "signature or CRC-32C of this copy is wrong; the other one counts");
        else if (!first.AsSpan().SequenceEqual(second))
            Report(CheckSeverity.Corruption, VhdxRegionTable.SecondOffset, "region table", "the second copy differs from the first; the first one counts");
    }

    private long LogBytes() => _vhdx.Content is VhdxLogOverlay overlay ? overlay.Changes.Sum(change => change.End - change.Start) : 0;

    private IEnumerable<CheckFinding> CheckBat(WorkProgress progress, CancellationToken token)
    {
        VhdxGeometry geometry = _vhdx.Geometry;
        VhdxRegion bat = _vhdx.Regions.Bat;
        long entries = Math.Min(geometry.BatEntries(_vhdx.Metadata.Parent is not null), bat.Length / VhdxBatEntry.Length);
        progress.Total = entries;
        byte[] piece = new byte[PieceLength];
        bool bitmapNeeded = false;
        for (long start = 0; start < entries; start += PieceLength / VhdxBatEntry.Length)
        {
            token.ThrowIfCancellationRequested();
            int count = (int)Math.Min(PieceLength / VhdxBatEntry.Length, entries - start);
            Span<byte> bytes = piece.AsSpan(0, count * VhdxBatEntry.Length);
            _vhdx.Content.Read(new HostOffset(bat.Offset + (start * VhdxBatEntry.Length)), bytes);
            for (int i = 0; i < count; i++)
            {
                long index = start + i;
                VhdxBatEntry entry = new(BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * VhdxBatEntry.Length)..]));
                long chunk = index / (geometry.ChunkRatio + 1L);
                if (index == geometry.BitmapBatIndex(chunk))
                {
                    CheckBitmapEntry(entry, bat.Offset + (index * VhdxBatEntry.Length), chunk, bitmapNeeded);
                    bitmapNeeded = false;
                }
                else if (index - chunk < geometry.Blocks)
                {
                    CheckPayloadEntry(entry, bat.Offset + (index * VhdxBatEntry.Length), index - chunk);
                    bitmapNeeded |= entry.State == VhdxBlockState.PartiallyPresent;
                }
            }

            progress.Add(count);
            foreach (CheckFinding finding in Drain())
                yield return finding;
        }
    }

    private void CheckPayloadEntry(VhdxBatEntry entry, long at, long block)
    {
        string field = $"BAT entry of block {block}";
        if (entry.HasReservedBits)
            Report(CheckSeverity.Corruption, at, field, $"reserved bits are set in 0x{entry.Value:x16}");
        if ((int)entry.State is 4 or 5)
            Report(CheckSeverity.Corruption, at, field, $"the state is {(int)entry.State}, which is not defined");
        if (entry.State == VhdxBlockState.PartiallyPresent && _vhdx.Metadata.Parent is null)
            Report(CheckSeverity.Corruption, at, field, "the block is partially present, but the disk has no parent");
        if (entry.IsPresent)
            Use(entry, _vhdx.Geometry.UsedLength(block), _vhdx.Geometry.BlockSize, at, field);
    }

    private void CheckBitmapEntry(VhdxBatEntry entry, long at, long chunk, bool needed)
    {
        string field = $"BAT entry of sector bitmap {chunk}";
        if (entry.HasReservedBits)
            Report(CheckSeverity.Corruption, at, field, $"reserved bits are set in 0x{entry.Value:x16}");
        if (entry.State is not (VhdxBlockState.NotPresent or VhdxBlockState.FullyPresent))
            Report(CheckSeverity.Corruption, at, field, $"the state is {(int)entry.State}, which a sector bitmap block can't have");
        if (needed && entry.State == VhdxBlockState.NotPresent)
            Report(CheckSeverity.Corruption, at, field, "the sector bitmap block is not present, but blocks of its chunk are partially present");
        if (entry.State != VhdxBlockState.FullyPresent)
            return;
        if (_vhdx.Metadata.Parent is null)
            Report(CheckSeverity.Leak, at, field, "a sector bitmap block is present, but the disk has no parent");
        Use(entry, VhdxGeometry.BitmapBlockSize, VhdxGeometry.BitmapBlockSize, at, field);
    }

    private void Use(VhdxBatEntry entry, long needed, long length, long at, string field)
    {
        long fileLength = _vhdx.Content.Length;
        if (entry.Offset < (ulong)VhdxHeader.SectionLength || entry.Offset > (ulong)fileLength || fileLength - (long)entry.Offset < needed)
            Report(CheckSeverity.Corruption, at, field, $"{needed} bytes at {entry.Offset} are not inside the file of {fileLength} bytes, from 1 MiB on");
        else if (_vhdx.Regions.Overlap((long)entry.Offset, needed) is { } structure)
            Report(CheckSeverity.Corruption, at, field, $"the block at {entry.Offset} lies over the {structure}");
        else if (!Mark((long)entry.Offset, Math.Min(length, fileLength - (long)entry.Offset)))
            Report(CheckSeverity.Corruption, at, field, $"the block at {entry.Offset} lies over an earlier one");
    }

    /// <summary>Marks MiBs as used. False when one of them was marked before.</summary>
    private bool Mark(long offset, long length)
    {
        bool free = true;
        long end = Math.Min((offset + length + VhdxHeader.Unit - 1) / VhdxHeader.Unit, _used.Length * 64L);
        for (long unit = offset / VhdxHeader.Unit; unit < end; unit++)
        {
            ulong bit = 1UL << (int)(unit & 63);
            free &= (_used[unit >> 6] & bit) == 0;
            _used[unit >> 6] |= bit;
        }

        return free;
    }

    /// <summary>Runs of MiBs that nothing uses. Only where the host stores them: some programs leave gaps that hold no space.</summary>
    private IEnumerable<CheckFinding> FindLeaks(CancellationToken token)
    {
        long units = Math.Min((device.Length + VhdxHeader.Unit - 1) / VhdxHeader.Unit, _used.Length * 64L);
        for (long unit = NextUnit(0, used: false, units); unit < units;)
        {
            token.ThrowIfCancellationRequested();
            long start = unit * VhdxHeader.Unit;
            unit = NextUnit(unit, used: true, units);
            long end = Math.Min(unit * VhdxHeader.Unit, device.Length);
            if (StoredBytes(start, end) is var stored and > 0)
                yield return new CheckFinding(CheckSeverity.Leak, start, "block", $"nothing uses the {end - start} bytes from here on, of which {stored} are stored");
            unit = NextUnit(unit, used: false, units);
        }

        if (device.Length > MarkedLength)
            yield return new CheckFinding(CheckSeverity.Information, MarkedLength, "length", $"overlaps and leaks behind {MarkedLength} bytes were not looked for");
    }

    private long StoredBytes(long start, long end)
    {
        long stored = 0;
        while (start < end)
        {
            HostExtent extent = device.ExtentAt(new HostOffset(start), new HostOffset(end));
            if (extent.Length <= 0)
                break; // the file shrank
            stored += extent.IsData ? extent.Length : 0;
            start += extent.Length;
        }

        return stored;
    }

    /// <summary>The first MiB from <paramref name="unit"/> on that is used, or is not; <paramref name="end"/> when there is none.</summary>
    private long NextUnit(long unit, bool used, long end)
    {
        while (unit < end)
        {
            ulong word = (used ? _used[unit >> 6] : ~_used[unit >> 6]) >> (int)(unit & 63);
            if (word != 0)
                return Math.Min(end, unit + BitOperations.TrailingZeroCount(word));
            unit = (unit | 63) + 1;
        }

        return end;
    }

    private void Report(CheckSeverity severity, long offset, string field, string message) =>
        _found.Add(new CheckFinding(severity, offset, field, message));

    private CheckFinding[] Drain()
    {
        CheckFinding[] findings = [.. _found];
        _found.Clear();
        return findings;
    }
}
