namespace OpenStackStorage.Disks;

/// <summary>Goes through the footers, the table and the parent's names of a VHD; deep, through the bitmaps and what they leave out.</summary>
internal sealed class VhdChecker(BlockDevice device, VhdMetadata metadata)
{
    /// <summary>Bytes that are read at a time to find out whether sectors that count as unwritten are zero.</summary>
    private const int ReadSize = 64 << 10;

    private readonly byte[] _bits = new byte[metadata.Header?.BitmapLength ?? 0];
    private readonly byte[] _data = new byte[ReadSize];

    public IEnumerable<CheckFinding> Run(bool deep, WorkProgress progress, CancellationToken token)
    {
        foreach (CheckFinding finding in Footers())
            yield return finding;
        if (metadata.Header is null)
        {
            long unused = metadata.DataEnd - metadata.VirtualSize;
            if (unused > 0 && !device.IsFixedSize)
                yield return new CheckFinding(CheckSeverity.Leak, metadata.VirtualSize, "data", $"{unused} bytes between the disk's end and the footer belong to nothing");
            yield break;
        }

        foreach (CheckFinding finding in Locators())
            yield return finding;
        uint[] table = VhdBlockTable.Read(device, metadata.Header, (int)metadata.Header.MaxTableEntries);
        progress.Total = deep ? table.Length : 0;
        HashSet<int> bad = [];
        foreach (VhdBlockProblem problem in VhdBlockTable.Problems(table, metadata))
        {
            bad.Add(problem.Index);
            yield return new CheckFinding(CheckSeverity.Corruption, problem.Offset, problem.Field, $"found {problem.Found}, expected {problem.Expected}");
        }

        foreach (CheckFinding finding in Unused(table))
            yield return finding;
        for (int i = 0; deep && i < table.Length; i++)
        {
            if (table[i] == VhdBlockTable.Free || bad.Contains(i))
            {
                progress.Add(1);
                continue;
            }

            token.ThrowIfCancellationRequested();
            if (CheckBitmap(i, table[i], token) is { } finding)
                yield return finding;
            progress.Add(1);
        }
    }

    private IEnumerable<CheckFinding> Footers()
    {
        if (metadata.FooterDamage is { } damage)
            yield return damage;
        if (metadata.Footer.SavedState)
            yield return new CheckFinding(CheckSeverity.Information, metadata.FooterOffset + 84, "Saved State", "the disk belongs to a virtual machine whose state was saved; writing to it would break that machine");
    }

    private List<CheckFinding> Locators()
    {
        List<CheckFinding> findings = [];
        if (metadata.Footer.DiskType != VhdDiskType.Differencing)
            return findings;
        int names = metadata.Header!.ParentName.Length > 0 ? 1 : 0;
        for (int i = 0; i < metadata.Header.Locators.Count; i++)
        {
            VhdParentLocator locator = metadata.Header.Locators[i];
            long offset = VhdParent.EntryOffset(metadata, i);
            if (locator.PlatformCode == 0)
                continue;
            if (!locator.IsKnown)
            {
                findings.Add(new CheckFinding(CheckSeverity.Information, offset, "Platform Code", $"the code '{VhdCreator.Name(locator.PlatformCode)}' is not read"));
                continue;
            }

            try
            {
                names += locator.ReadName(device, offset).Length > 0 ? 1 : 0;
            }
            catch (ImageFormatException error)
            {
                findings.Add(new CheckFinding(CheckSeverity.Corruption, error.Offset, error.Field, $"found {error.Found}, expected {error.Expected}"));
            }
        }

        if (names == 0)
            findings.Add(new CheckFinding(CheckSeverity.Corruption, metadata.HeaderOffset + 64, "Parent Unicode Name", "a differencing disk without any name of its parent"));
        return findings;
    }

    /// <summary>Room for whole blocks that no entry names: a block that was given out before a crash, or given up.</summary>
    private IEnumerable<CheckFinding> Unused(uint[] table)
    {
        foreach ((long start, long end) in VhdBlockTable.Gaps(table, metadata))
        {
            if (end < metadata.DataEnd || !device.IsFixedSize)
                yield return new CheckFinding(CheckSeverity.Leak, start, "data block", $"{end - start} bytes that no block uses");
        }
    }

    /// <summary>What a dynamic disk does not count as written must be zero: qemu reads it without a look at the bitmap.</summary>
    private CheckFinding? CheckBitmap(int block, uint entry, CancellationToken token)
    {
        VhdDynamicHeader header = metadata.Header!;
        device.Read(new HostOffset(entry * 512L), _bits);
        if (metadata.Footer.DiskType == VhdDiskType.Differencing)
            return null;
        for (int sector = 0; sector < header.Sectors;)
        {
            token.ThrowIfCancellationRequested();
            (bool stored, int run) = VhdBitmaps.RunAt(_bits, sector, header.Sectors);
            for (int end = sector + run; !stored && sector < end;)
            {
                Span<byte> bytes = _data.AsSpan(0, Math.Min(_data.Length, (end - sector) * 512));
                device.Read(new HostOffset((entry * 512L) + header.BitmapLength + (sector * 512L)), bytes);
                if (!ZeroScanner.IsZero(bytes))
                {
                    return new CheckFinding(CheckSeverity.Information, entry * 512L, $"sector bitmap of block {block}",
                        $"sectors from {sector} on count as unwritten, but hold data: here they read as zeroes, with qemu as the data");
                }

                sector += bytes.Length / 512;
            }

            sector += stored ? run : 0;
        }

        return null;
    }
}
