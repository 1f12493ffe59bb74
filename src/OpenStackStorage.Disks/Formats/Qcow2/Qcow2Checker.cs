using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Counts every reference to every host cluster and holds the counts against the refcounts. The file is looked at in
/// windows of <see cref="Window"/> clusters, so that memory does not grow with the file, nor with what its tables claim.
/// </summary>
internal sealed class Qcow2Checker(BlockDevice device, Qcow2Header header)
{
    /// <summary>Host clusters that are counted at once: 48 MiB of counters, 1 TiB of file with clusters of 64 KiB.</summary>
    private const int Window = 1 << 24;

    private readonly List<CheckFinding> _found = [];
    private readonly HashSet<long> _unshareable = [];
    private readonly Qcow2RefcountReader _refcounts = new(device, header);
    private ushort[] _counts = [];
    private long _windowStart;
    private long _countedClusters;

    private int ClusterSize => header.ClusterSize;

    /// <summary>True while the first window is counted: only then the tables themselves are judged.</summary>
    private bool Judging => _windowStart == 0;

    /// <summary>Throws when the refcount table can't be what a reader may trust: entries misplaced, or one block twice.</summary>
    public static void RequireRefcountTable(BlockDevice device, in Qcow2Header header)
    {
        if (new Qcow2RefcountReader(device, header).FirstProblem() is { } problem)
            throw new ImageFormatException(device, problem.Offset, problem.Field, problem.Found, problem.Expected);
    }

    public IEnumerable<CheckFinding> Run(bool deep, WorkProgress progress, CancellationToken token)
    {
        List<Qcow2Snapshot> snapshots = Qcow2Snapshot.ReadAll(device, header);
        Qcow2Extensions extensions = Qcow2Extensions.Read(device, header);
        // What lies past the refcount table's reach has the refcount 0: a reference there is reported when it is met,
        // so that a huge sparse file is not walked for nothing.
        _countedClusters = Math.Min((device.Length + ClusterSize - 1) >> (int)header.ClusterBits, _refcounts.CoveredClusters);
        _counts = new ushort[(int)Math.Min(Window, _countedClusters)];
        long windows = Math.Max(1, (_countedClusters + Window - 1) / Window);
        progress.Total = windows * (1 + snapshots.Count) * Math.Max(1, (long)header.Size);
        foreach (CheckFinding finding in Flags())
            yield return finding;
        foreach ((long offset, string field, string found, string expected) in _refcounts.Problems())
            yield return new CheckFinding(CheckSeverity.Corruption, offset, field, $"found {found}, expected {expected}");

        for (_windowStart = 0; _windowStart < windows * Window; _windowStart += Window)
        {
            Array.Clear(_counts);
            _unshareable.Clear();
            CountHeaderStructures(snapshots, extensions);
            CountL1(header.L1TableOffset, (int)header.L1Size, (long)header.Size, active: true, deep, progress, token);
            foreach (Qcow2Snapshot snapshot in snapshots)
                CountL1(snapshot.L1TableOffset, (int)snapshot.L1Size, snapshot.VirtualSize, active: false, deep, progress, token);
            foreach (CheckFinding finding in Drain())
                yield return finding;
            foreach (CheckFinding finding in CompareWindow(token))
                yield return finding;
        }
    }

    private IEnumerable<CheckFinding> Flags()
    {
        if (header.Incompatible.HasFlag(Qcow2Incompatible.Corrupt))
            yield return new CheckFinding(CheckSeverity.Corruption, 72, "incompatible_features", "the image is marked corrupt; it must not be written to before it is repaired");
        if (header.Incompatible.HasFlag(Qcow2Incompatible.Dirty))
            yield return new CheckFinding(CheckSeverity.Leak, 72, "incompatible_features", "the image is marked dirty: its refcounts may be stale and are rebuilt by the next program that writes to it");
    }

    private void CountHeaderStructures(List<Qcow2Snapshot> snapshots, Qcow2Extensions extensions)
    {
        CountUnshared(0, ClusterSize, 0, "header");
        CountUnshared((long)header.L1TableOffset, header.L1Size * 8L, 40, "l1_table_offset");
        CountUnshared((long)header.RefcountTableOffset, (long)header.RefcountTableClusters << (int)header.ClusterBits, 48, "refcount_table_offset");
        foreach ((long block, long entryOffset) in _refcounts.Blocks())
            CountUnshared(block, ClusterSize, entryOffset, "refcount block");
        if (snapshots.Count > 0)
        {
            CountUnshared((long)header.SnapshotsOffset, Qcow2Snapshot.TableLength(snapshots), 64, "snapshots_offset");
            foreach (Qcow2Snapshot snapshot in snapshots)
                CountUnshared((long)snapshot.L1TableOffset, snapshot.L1Size * 8L, (long)header.SnapshotsOffset, $"L1 table of snapshot '{snapshot.Name}'");
        }

        if (extensions.EncryptionHeader is { Length: > 0 } encryption)
            CountUnshared(encryption.Offset, encryption.Length, 0, "encryption header");
        if (extensions.Bitmaps is { } bitmaps)
            CountBitmaps(bitmaps);
    }

    private void CountBitmaps(Qcow2BitmapsExtension extension)
    {
        CountUnshared((long)extension.DirectoryOffset, (long)extension.DirectorySize, 0, "bitmap directory");
        foreach (Qcow2Bitmap bitmap in Qcow2Bitmap.ReadAll(device, header, extension))
        {
            CountUnshared((long)bitmap.TableOffset, bitmap.TableSize * 8L, bitmap.EntryOffset, $"table of bitmap '{bitmap.Name}'");
            using AlignedBuffer table = new((int)Math.Min(bitmap.TableSize * 8L, 32 << 20));
            device.ReadPadded(new HostOffset((long)bitmap.TableOffset), table.Span);
            for (int i = 0; i < table.Length / 8; i++)
            {
                // Bitmap table entry: bits 9-55 the offset; with offset 0, bit 0 says all ones.
                long offset = (long)(BinaryPrimitives.ReadUInt64BigEndian(table.Span[(i * 8)..]) & Qcow2Entry.OffsetMask);
                if (offset != 0)
                    CountUnshared(offset, ClusterSize, (long)bitmap.TableOffset + (i * 8L), $"data of bitmap '{bitmap.Name}'");
            }
        }
    }

    private void CountL1(ulong l1Offset, int entries, long size, bool active, bool deep, WorkProgress progress, CancellationToken token)
    {
        byte[] l1 = new byte[entries * 8];
        device.ReadPadded(new HostOffset((long)l1Offset), l1);
        byte[] l2 = new byte[ClusterSize];
        long reported = 0;
        for (int i = 0; i < entries; i++)
        {
            token.ThrowIfCancellationRequested();
            long covered = Math.Min(size, (i + 1) * header.L2Coverage);
            progress.Add(Math.Max(0, covered - reported));
            reported = Math.Max(reported, covered);
            ulong entry = BinaryPrimitives.ReadUInt64BigEndian(l1.AsSpan(i * 8));
            long entryOffset = (long)l1Offset + (i * 8L);
            long table = (long)(entry & Qcow2Entry.OffsetMask);
            if ((entry & Qcow2Entry.L1Reserved) != 0)
                Report(entryOffset, $"L1 entry {i}", $"reserved bits are set in 0x{entry:x16}");
            if (table == 0)
                continue;
            if (table % ClusterSize != 0 || table + ClusterSize > device.Length)
            {
                Report(entryOffset, $"L1 entry {i}", $"an L2 table at {table} is not aligned or not inside the file of {device.Length} bytes");
                continue;
            }

            Count(table, ClusterSize);
            if (active)
                CheckCopied(entry, table, entryOffset, $"L1 entry {i}");
            device.Read(new HostOffset(table), l2);
            CountL2(l2, table, active, deep && Judging, token);
        }
    }

    private void CountL2(ReadOnlySpan<byte> l2, long table, bool active, bool deep, CancellationToken token)
    {
        for (int i = 0; i < header.L2Entries; i++)
        {
            ulong entry = BinaryPrimitives.ReadUInt64BigEndian(l2[(i * header.L2EntrySize)..]);
            ulong bitmap = header.ExtendedL2 ? BinaryPrimitives.ReadUInt64BigEndian(l2[((i * 16) + 8)..]) : 0;
            if (entry == 0 && bitmap == 0)
                continue;
            long entryOffset = table + (i * (long)header.L2EntrySize);
            string field = $"L2 entry {i}";
            if ((entry & Qcow2Entry.Compressed) != 0)
            {
                CountCompressed(entry, bitmap, entryOffset, field, deep, token);
                continue;
            }

            if ((entry & (Qcow2Entry.L2Reserved | (header.ExtendedL2 ? Qcow2Entry.ReadsAsZero : 0))) != 0)
                Report(entryOffset, field, $"reserved bits are set in 0x{entry:x16}");
            if (((uint)bitmap & (uint)(bitmap >> 32)) != 0)
                Report(entryOffset + 8, field, $"subclusters are both allocated and zero in 0x{bitmap:x16}");
            if (header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile))
                continue; // data clusters lie in the other file, which has no refcounts
            long data = (long)(entry & Qcow2Entry.OffsetMask);
            if (data == 0)
            {
                if ((uint)bitmap != 0)
                    Report(entryOffset + 8, field, "subclusters are allocated, but there is no host cluster");
                continue;
            }

            if (data % ClusterSize != 0 || data >= device.Length)
            {
                Report(entryOffset, field, $"a data cluster at {data} is not aligned or not inside the file of {device.Length} bytes");
                continue;
            }

            Count(data, ClusterSize);
            if (active)
                CheckCopied(entry, data, entryOffset, field);
        }
    }

    private void CountCompressed(ulong entry, ulong bitmap, long entryOffset, string field, bool deep, CancellationToken token)
    {
        if ((entry & Qcow2Entry.Copied) != 0)
            Report(entryOffset, field, "bit 63 is set on a compressed cluster");
        if (bitmap != 0)
            Report(entryOffset + 8, field, "a subcluster bitmap is set on a compressed cluster");
        if (header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile))
            Report(entryOffset, field, "a compressed cluster in an image with an external data file");
        (HostOffset host, int stored) = Qcow2Entry.DecodeCompressed(entry, header.CompressedOffsetBits);
        if (host.Value < ClusterSize || host.Value >= device.Length || host.Value + stored > ((device.Length + 511) & ~511L))
        {
            Report(entryOffset, field, $"{stored} compressed bytes at {host.Value} are not inside the file of {device.Length} bytes");
            return;
        }

        Count(host.Value, stored);
        if (!deep)
            return;
        token.ThrowIfCancellationRequested();
        using AlignedBuffer source = new(stored);
        using AlignedBuffer cluster = new(ClusterSize);
        device.ReadPadded(host, source.Span);
        if (ClusterCodec.Get(header.CompressionType).TryDecompress(source.Span, cluster.Span) is { } problem)
            Report(host.Value, field, $"the compressed cluster is {problem}");
    }

    private void CheckCopied(ulong entry, long offset, long entryOffset, string field)
    {
        if (!Judging)
            return;
        ulong refcount = _refcounts.Get(offset >> (int)header.ClusterBits);
        bool copied = (entry & Qcow2Entry.Copied) != 0;
        if (copied != (refcount == 1))
            Report(entryOffset, field, $"bit 63 (refcount is one) is {(copied ? "set" : "not set")}, but the refcount of the cluster at {offset} is {refcount}");
    }

    private IEnumerable<CheckFinding> CompareWindow(CancellationToken token)
    {
        long end = Math.Min(_countedClusters, _windowStart + Window);
        for (long cluster = _windowStart; cluster < end; cluster++)
        {
            if ((cluster & 0xFFFF) == 0)
                token.ThrowIfCancellationRequested();
            ulong counted = _counts[cluster - _windowStart];
            ulong refcount = _refcounts.Get(cluster);
            long offset = cluster << (int)header.ClusterBits;
            if (counted > refcount)
            {
                yield return new CheckFinding(CheckSeverity.Corruption, offset, "refcount",
                    $"the cluster is used {counted} times, its refcount is {refcount}");
            }
            else if (counted < refcount && counted < ushort.MaxValue)
            {
                yield return new CheckFinding(CheckSeverity.Leak, offset, "refcount",
                    $"the cluster is used {counted} times, its refcount is {refcount}");
            }

            if (counted > 1 && _unshareable.Contains(cluster))
                yield return new CheckFinding(CheckSeverity.Corruption, offset, "cluster", $"metadata that can't be shared lies here, and the cluster is used {counted} times");
        }
    }

    private void CountUnshared(long offset, long length, long fieldOffset, string field)
    {
        if (length == 0)
            return;
        if (offset % ClusterSize != 0 || offset >= device.Length)
        {
            Report(fieldOffset, field, $"offset {offset} is not aligned or not inside the file of {device.Length} bytes");
            return;
        }

        Count(offset, length);
        long last = (offset + length - 1) >> (int)header.ClusterBits;
        for (long cluster = offset >> (int)header.ClusterBits; cluster <= last; cluster++)
        {
            if (cluster >= _windowStart && cluster < _windowStart + Window)
                _unshareable.Add(cluster);
        }
    }

    private void Count(long offset, long length)
    {
        long first = Math.Max(_windowStart, offset >> (int)header.ClusterBits);
        long end = (offset + length - 1) >> (int)header.ClusterBits;
        if (end >= _countedClusters)
            Report(end << (int)header.ClusterBits, "refcount", "the cluster is used, but the refcount table does not reach it");
        long last = Math.Min(Math.Min(_windowStart + Window, _countedClusters) - 1, end);
        for (long cluster = first; cluster <= last; cluster++)
        {
            ref ushort count = ref _counts[cluster - _windowStart];
            if (count < ushort.MaxValue)
                count++;
        }
    }

    private void Report(long offset, string field, string message)
    {
        if (Judging)
            _found.Add(new CheckFinding(CheckSeverity.Corruption, offset, field, message));
    }

    private CheckFinding[] Drain()
    {
        CheckFinding[] findings = [.. _found];
        _found.Clear();
        return findings;
    }
}
