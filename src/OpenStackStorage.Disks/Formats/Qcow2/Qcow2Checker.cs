using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Counts every reference to every host cluster and holds the counts against the refcounts. The tables are walked once
/// for each window of <see cref="Qcow2ReferenceCounts"/>; the first walk also judges them.
/// </summary>
internal sealed class Qcow2Checker
{
    private readonly BlockDevice _device;
    private readonly Qcow2Header _header;
    private readonly Qcow2RefcountReader _refcounts;
    private readonly Qcow2ReferenceCounts _counts;
    private readonly Qcow2MappingCheck _mapping;
    private readonly List<CheckFinding> _found = [];

    public Qcow2Checker(BlockDevice device, in Qcow2Header header, int window = Qcow2ReferenceCounts.DefaultWindow)
    {
        _device = device;
        _header = header;
        _refcounts = new Qcow2RefcountReader(device, header);
        // What lies past the refcount table's reach has the refcount 0: a reference there is reported when it is met,
        // so that a huge sparse file is not walked for nothing.
        long clusters = Math.Min(((device.Length - 1) >> (int)header.ClusterBits) + 1, _refcounts.CoveredClusters);
        _counts = new Qcow2ReferenceCounts((int)header.ClusterBits, clusters, window);
        _mapping = new Qcow2MappingCheck(device, header, _refcounts, Count, Report);
    }

    /// <summary>True while the first window is counted: only then the tables themselves are judged.</summary>
    private bool Judging => _counts.Start == 0;

    /// <summary>Throws when the refcount table can't be what a reader may trust: entries misplaced, or one block twice.</summary>
    public static void RequireRefcountTable(BlockDevice device, in Qcow2Header header)
    {
        if (new Qcow2RefcountReader(device, header).FirstProblem() is { } problem)
            throw new ImageFormatException(device, problem.Offset, problem.Field, problem.Found, problem.Expected);
    }

    public IEnumerable<CheckFinding> Run(bool deep, WorkProgress progress, CancellationToken token)
    {
        Qcow2Extensions extensions = Qcow2Extensions.Read(_device, _header);
        List<Qcow2Snapshot> snapshots = Qcow2Snapshot.ReadAll(_device, _header);
        foreach (CheckFinding finding in Flags(extensions))
            yield return finding;
        foreach ((long offset, string field, string found, string expected) in _refcounts.Problems())
            yield return new CheckFinding(CheckSeverity.Corruption, offset, field, $"found {found}, expected {expected}");

        List<L1Place> tables = [new(_header.L1TableOffset, (int)_header.L1Size, Active: true)];
        tables.AddRange(snapshots.Select(snapshot => new L1Place(snapshot.L1TableOffset, (int)snapshot.L1Size, Active: false)));
        HashSet<int> overlapping = Overlapping(tables);
        progress.Total = _counts.Windows * tables.Sum(table => (long)table.Entries);
        for (int window = 0; window < _counts.Windows; window++)
        {
            _counts.MoveTo(window);
            CountHeaderStructures(snapshots, extensions);
            foreach (CheckFinding finding in Drain())
                yield return finding;
            foreach (CheckFinding finding in CountBitmaps(extensions, token))
                yield return finding;
            for (int i = 0; i < tables.Count; i++)
            {
                if (overlapping.Contains(i))
                    continue; // walked already, at least in part; the counts show it
                foreach (bool _ in _mapping.Walk(tables[i].Offset, tables[i].Entries, tables[i].Active, Judging, deep && Judging, progress, token))
                {
                    foreach (CheckFinding finding in Drain())
                        yield return finding;
                }
            }

            foreach (CheckFinding finding in CompareWindow(token))
                yield return finding;
        }
    }

    private readonly record struct L1Place(ulong Offset, int Entries, bool Active);

    /// <summary>L1 tables that start inside another one: with many snapshots, walking each would take for ever.</summary>
    private static HashSet<int> Overlapping(List<L1Place> tables)
    {
        HashSet<int> overlapping = [];
        ulong end = 0;
        foreach (int i in Enumerable.Range(0, tables.Count).Where(i => tables[i].Entries > 0).OrderBy(i => tables[i].Offset).ThenBy(i => i))
        {
            if (tables[i].Offset < end)
                overlapping.Add(i);
            end = Math.Max(end, tables[i].Offset + ((ulong)tables[i].Entries * 8));
        }

        return overlapping;
    }

    private IEnumerable<CheckFinding> Flags(Qcow2Extensions extensions)
    {
        if (_header.Incompatible.HasFlag(Qcow2Incompatible.Corrupt))
            yield return new CheckFinding(CheckSeverity.Corruption, 72, "incompatible_features", "the image is marked corrupt; it must not be written to before it is repaired");
        if (_header.Incompatible.HasFlag(Qcow2Incompatible.Dirty))
            yield return new CheckFinding(CheckSeverity.Leak, 72, "incompatible_features", "the image is marked dirty: its refcounts may be stale and are rebuilt by the next program that writes to it");
        if (_header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile) && _header.SnapshotCount > 0)
            yield return new CheckFinding(CheckSeverity.Corruption, 60, "nb_snapshots", $"{_header.SnapshotCount} internal snapshots in an image with an external data file, which can't have any");
        if ((_header.Autoclear & 2) != 0 && !_header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile))
            yield return new CheckFinding(CheckSeverity.Corruption, 88, "autoclear_features", "bit 1 says that the external data file is raw, but there is none");
        if ((_header.Autoclear & 1) != 0 && extensions.Bitmaps is null)
            yield return new CheckFinding(CheckSeverity.Corruption, 88, "autoclear_features", "bit 0 says that there are bitmaps, but the bitmaps extension is missing");
    }

    private void CountHeaderStructures(List<Qcow2Snapshot> snapshots, Qcow2Extensions extensions)
    {
        CountUnshared(0, _header.ClusterSize, 0, "header");
        CountUnshared((long)_header.L1TableOffset, _header.L1Size * 8L, 40, "l1_table_offset");
        CountUnshared((long)_header.RefcountTableOffset, (long)_header.RefcountTableClusters << (int)_header.ClusterBits, 48, "refcount_table_offset");
        foreach ((long block, long entryOffset) in _refcounts.Blocks())
            CountUnshared(block, _header.ClusterSize, entryOffset, "refcount block");
        if (snapshots.Count > 0)
        {
            CountUnshared((long)_header.SnapshotsOffset, Qcow2Snapshot.TableLength(snapshots), 64, "snapshots_offset");
            foreach (Qcow2Snapshot snapshot in snapshots)
                CountUnshared((long)snapshot.L1TableOffset, snapshot.L1Size * 8L, (long)_header.SnapshotsOffset, $"L1 table of snapshot '{snapshot.Name}'");
        }

        if (extensions.EncryptionHeader is { } encryption)
            CountUnshared(encryption.Offset, encryption.Length, 0, "encryption header");
        if (extensions.Bitmaps is { } bitmaps)
            CountUnshared((long)bitmaps.DirectoryOffset, (long)bitmaps.DirectorySize, 0, "bitmap directory");
    }

    private IEnumerable<CheckFinding> CountBitmaps(Qcow2Extensions extensions, CancellationToken token)
    {
        if (extensions.Bitmaps is not { } extension)
            yield break;
        byte[] piece = new byte[65536];
        using IEnumerator<Qcow2Bitmap> bitmaps = Qcow2Bitmap.ReadAll(_device, _header, extension).GetEnumerator();
        while (TryNext(bitmaps))
        {
            Qcow2Bitmap bitmap = bitmaps.Current;
            long table = (long)bitmap.TableOffset;
            CountUnshared(table, bitmap.TableSize * 8L, bitmap.EntryOffset, $"table of bitmap '{bitmap.Name}'");
            for (long done = 0; done < bitmap.TableSize * 8L; done += piece.Length)
            {
                token.ThrowIfCancellationRequested();
                int length = (int)Math.Min(piece.Length, (bitmap.TableSize * 8L) - done);
                _device.Read(new HostOffset(table + done), piece.AsSpan(0, length));
                for (int i = 0; i < length; i += 8)
                    CountBitmapData(BinaryPrimitives.ReadUInt64BigEndian(piece.AsSpan(i)), table + done + i, bitmap.Name);
                foreach (CheckFinding finding in Drain())
                    yield return finding;
            }
        }

        foreach (CheckFinding finding in Drain())
            yield return finding;
    }

    /// <summary>A bad entry ends the directory, as its length can't be trusted; the rest of the image is checked all the same.</summary>
    private bool TryNext(IEnumerator<Qcow2Bitmap> bitmaps)
    {
        try
        {
            return bitmaps.MoveNext();
        }
        catch (ImageFormatException error)
        {
            Report(error.Offset, error.Field, $"found {error.Found}, expected {error.Expected}");
            return false;
        }
    }

    private void CountBitmapData(ulong entry, long entryOffset, string name)
    {
        if (!Qcow2Bitmap.TryDecodeTableEntry(entry, out long offset))
            Report(entryOffset, $"table of bitmap '{name}'", $"reserved bits are set in 0x{entry:x16}");
        if (offset != 0)
            CountUnshared(offset, _header.ClusterSize, entryOffset, $"data of bitmap '{name}'");
    }

    private IEnumerable<CheckFinding> CompareWindow(CancellationToken token)
    {
        long perBlock = _refcounts.EntriesPerBlock;
        for (long cluster = _counts.Start; cluster < _counts.End; cluster++)
        {
            if ((cluster & 0xFFF) == 0)
                token.ThrowIfCancellationRequested();
            if (!_refcounts.HasBlock(cluster))
            {
                // No block: all refcounts are 0, and only clusters that are used need a look.
                long end = Math.Min(_counts.End, ((cluster / perBlock) + 1) * perBlock);
                cluster = _counts.NextUsed(cluster, end);
                token.ThrowIfCancellationRequested();
                if (cluster == end)
                {
                    cluster--;
                    continue;
                }
            }

            ulong counted = _counts[cluster];
            ulong refcount = _refcounts.Get(cluster);
            long offset = cluster << (int)_header.ClusterBits;
            if (counted > refcount || (counted < refcount && counted < Qcow2ReferenceCounts.Maximum))
            {
                yield return new CheckFinding(counted > refcount ? CheckSeverity.Corruption : CheckSeverity.Leak, offset, "refcount",
                    $"the cluster is used {counted} times, its refcount is {refcount}");
            }

            if (counted > 1 && _counts.IsUnshareable(cluster))
                yield return new CheckFinding(CheckSeverity.Corruption, offset, "cluster", $"metadata that can't be shared lies here, and the cluster is used {counted} times");
        }
    }

    private void CountUnshared(long offset, long length, long fieldOffset, string field)
    {
        if (length == 0)
            return;
        if (offset % _header.ClusterSize != 0 || offset >= _device.Length)
            Report(fieldOffset, field, $"offset {offset} is not aligned or not inside the file of {_device.Length} bytes");
        else
            Count(offset, length, unshareable: true);
    }

    private void Count(long offset, long length, bool unshareable)
    {
        if (!_counts.Add(offset, length, unshareable))
            Report((offset + length - 1) >> (int)_header.ClusterBits << (int)_header.ClusterBits, "refcount", "the cluster is used, but the refcount table does not reach it");
    }

    private void Report(long offset, string field, string message) => Report(CheckSeverity.Corruption, offset, field, message);

    private void Report(CheckSeverity severity, long offset, string field, string message)
    {
        if (Judging)
            _found.Add(new CheckFinding(severity, offset, field, message));
    }

    private CheckFinding[] Drain()
    {
        CheckFinding[] findings = [.. _found];
        _found.Clear();
        return findings;
    }
}
