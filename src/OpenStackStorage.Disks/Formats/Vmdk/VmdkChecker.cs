namespace OpenStackStorage.Disks;

/// <summary>
/// Checks a disk extent by extent: directories and tables, grains over each other or over metadata, the redundant tables
/// against the others, space that nothing uses, and with <c>deep</c> each compressed grain and its marker.
/// </summary>
internal sealed class VmdkChecker
{
    private const int Sector = VmdkSparseHeader.SectorSize;

    /// <summary>Shorter gaps are alignment, and markers of a stream.</summary>
    private const int ShortestLeak = 128;

    private readonly VmdkGrainExtent _extent;
    private readonly BlockDevice _file;
    private readonly VmdkSectorUsage _usage;
    private readonly bool _deep;
    private readonly List<CheckFinding> _found = [];
    private readonly byte[] _grain;
    private byte[] _stored = [];

    private VmdkChecker(VmdkGrainExtent extent, bool deep)
    {
        _extent = extent;
        _file = extent.Device!;
        _deep = deep;
        _usage = new VmdkSectorUsage((_file.Length + Sector - 1) / Sector);
        _grain = deep && extent.IsCompressed ? new byte[extent.GrainSize] : [];
    }

    private bool Judging => _usage.Start == 0;

    private long Steps => _usage.Windows * (long)_extent.Directory.Count;

    /// <summary>Checks the disk; the parent is not opened.</summary>
    public static IEnumerable<CheckFinding> Run(BlockDevice device, OpenGate gate, bool deep, WorkProgress progress, CancellationToken token)
    {
        VmdkContent content = VmdkContent.Read(device);
        VmdkExtent[] extents = VmdkOpening.OpenExtents(device, content, new ImageOpenOptions { Gate = gate });
        try
        {
            if (content is { Header: { } header, Descriptor: { } descriptor } && descriptor.VirtualSize != header.VirtualSize)
            {
                yield return new CheckFinding(CheckSeverity.Information, descriptor.Extents[0].Position, "extent size",
                    $"the descriptor says {descriptor.VirtualSize} bytes, the header {header.VirtualSize}; the header holds");
            }

            VmdkChecker[] checkers = [.. extents.OfType<VmdkGrainExtent>().Select(extent => new VmdkChecker(extent, deep))];
            progress.Total = checkers.Sum(checker => checker.Steps);
            foreach (VmdkChecker checker in checkers)
            {
                foreach (CheckFinding finding in checker.Run(progress, token))
                    yield return finding;
            }
        }
        finally
        {
            VmdkOpening.DisposeOthers(extents, device);
        }
    }

    private IEnumerable<CheckFinding> Run(WorkProgress progress, CancellationToken token)
    {
        VmdkHostedExtent? hosted = _extent as VmdkHostedExtent;
        if (hosted is not null)
        {
            foreach (CheckFinding finding in HeaderFindings(hosted))
                yield return finding;
        }

        uint[] redundant = hosted is null ? [] : ReadRedundantDirectory(hosted);
        for (int window = 0; window < _usage.Windows; window++)
        {
            _usage.MoveTo(window);
            foreach (VmdkRegion region in _extent.Regions)
                Use(region.Start, region.Length, region.Start, region.Name);
            for (int index = 0; index < _extent.Directory.Count; index++)
            {
                token.ThrowIfCancellationRequested();
                progress.Add(1);
                WalkTable(index, index < redundant.Length ? redundant[index] : 0, token);
                foreach (CheckFinding finding in Drain())
                    yield return finding;
            }

            foreach (CheckFinding leak in Leaks(hosted))
                yield return leak;
        }
    }

    private static IEnumerable<CheckFinding> HeaderFindings(VmdkHostedExtent extent)
    {
        if (extent.DirectoryProblem is { } problem)
            yield return new CheckFinding(CheckSeverity.Corruption, problem.Offset, problem.Field, $"found {problem.Found}, expected {problem.Expected}; the redundant grain directory is used");
        if (extent.Header.UncleanShutdown != 0)
            yield return new CheckFinding(CheckSeverity.Information, 72, "uncleanShutdown", "the disk was not closed properly by the program that wrote it");
    }

    private uint[] ReadRedundantDirectory(VmdkHostedExtent extent)
    {
        VmdkSparseHeader header = extent.Header;
        if (extent.DirectoryProblem is not null || !VmdkHostedExtent.HasRedundantDirectory(header))
            return [];
        int entries = header.DirectoryEntries;
        if (VmdkSparseHeader.Place(header.RedundantDirectory, entries * 4L, _file.Length) is { } offset)
            return VmdkGrainDirectory.Read(_file, offset, entries);
        Report(48, "rgdOffset", $"a redundant grain directory of {entries * 4L} bytes at sector {header.RedundantDirectory} is not inside the file of {_file.Length} bytes");
        return [];
    }

    private void WalkTable(int index, uint redundant, CancellationToken token)
    {
        ReadOnlySpan<byte> table = _extent.Table(index, out long offset);
        uint entry = _extent.Directory[index];
        if (entry != 0)
            Use(offset, _extent.TableLength, offset, $"grain table {index}");
        if (redundant != 0 && redundant != entry)
            CompareRedundant(index, redundant, table);
        if (table.IsEmpty)
            return;
        for (int i = 0; i < _extent.TableEntries; i++)
        {
            try
            {
                VmdkGrain grain = _extent.Decode(table, offset, i);
                if (grain.Kind == ExtentKind.Data)
                    UseGrain(index, i, grain.Host, table, offset, token);
            }
            catch (ImageFormatException error)
            {
                Report(error.Offset, error.Field, $"found {error.Found}, expected {error.Expected}");
            }
        }
    }

    private void CompareRedundant(int index, uint entry, ReadOnlySpan<byte> table)
    {
        long offset = entry * (long)Sector;
        if (offset + _extent.TableLength > _file.Length)
        {
            Report(offset, $"RGD entry {index}", $"the redundant grain table is not inside the file of {_file.Length} bytes");
            return;
        }

        Use(offset, _extent.TableLength, offset, $"redundant grain table {index}");
        if (!Judging)
            return;
        Span<byte> other = new byte[_extent.TableLength];
        _file.Read(new HostOffset(offset), other);
        if (table.IsEmpty ? !ZeroScanner.IsZero(other) : !other.SequenceEqual(table))
        {
            // A program that was stopped between the two leaves one of them old; the flag says so.
            CheckSeverity severity = _extent is VmdkHostedExtent { Header.UncleanShutdown: not 0 } ? CheckSeverity.Information : CheckSeverity.Corruption;
            _found.Add(new CheckFinding(severity, offset, $"redundant grain table {index}", "its entries differ from those of the grain table that is used"));
        }
    }

    private void UseGrain(int index, int slot, long host, ReadOnlySpan<byte> table, long tableOffset, CancellationToken token)
    {
        long field = tableOffset + ((long)slot * _extent.EntryLength);
        if (!_extent.IsCompressed)
        {
            Use(host, _extent.GrainSize, field, $"GT entry {slot}");
            return;
        }

        int length = Sector;
        if (_deep)
        {
            token.ThrowIfCancellationRequested();
            int stored = _extent.StoredLength(table, tableOffset, slot, host);
            if (_stored.Length < stored)
                _stored = new byte[Math.Max(stored, 2 * _extent.GrainSize)];
            _file.Read(new HostOffset(host), _stored.AsSpan(0, stored));
            long at = (((long)index * _extent.TableEntries) + slot) * _extent.GrainSize;
            if (((VmdkHostedExtent)_extent).TryDecompress(at, _stored.AsSpan(0, stored), _grain, out length) is { } problem)
                Report(host, $"{problem.Field} of the grain at guest offset {_extent.Start.Value + at}", $"found {problem.Found}, expected {problem.Expected}");
        }

        Use(host, length, field, $"GT entry {slot}");
    }

    private IEnumerable<CheckFinding> Leaks(VmdkHostedExtent? hosted)
    {
        if (hosted is null || (hosted.IsCompressed && !_deep))
            yield break; // of a compressed grain only its start is known then
        foreach ((long sector, long count) in _usage.Unused((long)Math.Min(hosted.Header.Overhead, long.MaxValue), ShortestLeak))
        {
            HostExtent extent = _file.ExtentAt(new HostOffset(sector * Sector), new HostOffset((sector + count) * Sector));
            if (extent.IsData || extent.Length < count * Sector)
                yield return new CheckFinding(CheckSeverity.Leak, sector * Sector, "file", $"nothing uses these {count * Sector} bytes");
        }
    }

    private void Use(long start, long length, long field, string name)
    {
        if (!_usage.Add(start / Sector, ((start % Sector) + length + Sector - 1) / Sector))
            Found(field, name, $"its place at {start} is used by something else too");
    }

    private void Report(long offset, string field, string message)
    {
        if (Judging)
            Found(offset, field, message);
    }

    private void Found(long offset, string field, string message) => _found.Add(new CheckFinding(CheckSeverity.Corruption, offset, field, message));

    private CheckFinding[] Drain()
    {
        CheckFinding[] findings = [.. _found];
        _found.Clear();
        return findings;
    }
}
