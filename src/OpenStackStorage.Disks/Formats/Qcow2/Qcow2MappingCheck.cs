using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>Walks an L1 table and its L2 tables: counts what they refer to, and judges their entries.</summary>
/// <param name="count">Counts a reference to a range of the file: offset, bytes, whether it can't be shared.</param>
/// <param name="report">Takes a finding: severity, offset, field, message.</param>
internal sealed class Qcow2MappingCheck(
    BlockDevice device, Qcow2Header header, Qcow2RefcountReader refcounts, Action<long, long, bool> count, Action<CheckSeverity, long, string, string> report)
{
    /// <summary>Entries of an L2 table between two pauses, so that findings can't pile up.</summary>
    private const int Pause = 1024;

    private readonly byte[] _l2 = new byte[header.ClusterSize];
    private readonly int _clusterBits = (int)header.ClusterBits;
    private readonly int _clusterSize = header.ClusterSize;
    private readonly int _entrySize = header.L2EntrySize;
    private readonly ulong _reserved = header.L2Reserved;
    private readonly long _fileLength = device.Length;
    private readonly bool _hasDataFile = header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile);
    private byte[] _stored = [];
    private byte[] _cluster = [];

    /// <summary>Walks one L1 table; each step of the result is a pause in which findings can be taken.</summary>
    /// <param name="active">Whether bit 63 of the entries must tell the truth.</param>
    /// <param name="judge">Whether entries are held against the refcounts, which only the first walk needs to do.</param>
    /// <param name="deep">Whether compressed clusters are decompressed.</param>
    public IEnumerable<bool> Walk(ulong l1Offset, int entries, bool active, bool judge, bool deep, WorkProgress progress, CancellationToken token)
    {
        ulong[] l1 = Qcow2Entry.ReadTable(device, l1Offset, entries);
        int[] repeated = Qcow2Entry.Repeated(l1, Qcow2Entry.OffsetMask);
        for (int i = 0; i < l1.Length; i++)
        {
            token.ThrowIfCancellationRequested();
            progress.Add(1);
            long entryOffset = (long)l1Offset + (i * 8L);
            if (l1[i] == 0 || !TryCountTable(l1[i], i, entryOffset, Array.BinarySearch(repeated, i) >= 0, active && judge))
            {
                if (l1[i] != 0)
                    yield return true;
                continue;
            }

            long table = (long)(l1[i] & Qcow2Entry.OffsetMask);
            device.Read(new HostOffset(table), _l2);
            for (int start = 0; start < header.L2Entries; start += Pause)
            {
                CountEntries(table, start, i * header.L2Coverage, active && judge, deep, token);
                yield return true;
            }
        }
    }

    /// <returns>True when the L2 table can be walked.</returns>
    private bool TryCountTable(ulong entry, int index, long entryOffset, bool repeated, bool checkCopied)
    {
        long table = (long)(entry & Qcow2Entry.OffsetMask);
        if ((entry & Qcow2Entry.L1Reserved) != 0)
            Corrupt(entryOffset, $"L1 entry {index}", $"reserved bits are set in 0x{entry:x16}");
        if (table == 0)
            return false;
        if ((table & (_clusterSize - 1)) != 0 || table + _clusterSize > _fileLength)
        {
            Corrupt(entryOffset, $"L1 entry {index}", $"an L2 table at {table} is not aligned or not inside the file of {_fileLength} bytes");
            return false;
        }

        count(table, _clusterSize, false);
        if (checkCopied)
            CheckCopied(entry, table, entryOffset, "L1 entry", index);
        if (repeated)
            Corrupt(entryOffset, $"L1 entry {index}", $"an earlier entry has the L2 table at {table} too");
        return !repeated;
    }

    private void CountEntries(long table, int start, long guest, bool checkCopied, bool deep, CancellationToken token)
    {
        int end = Math.Min(start + Pause, header.L2Entries);
        for (int index = start; index < end; index++)
            CountEntry(table, index, guest + ((long)index << _clusterBits), checkCopied, deep, token);
    }

    private void CountEntry(long table, int index, long guest, bool checkCopied, bool deep, CancellationToken token)
    {
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(_l2.AsSpan(index * _entrySize));
        ulong bitmap = _entrySize == 16 ? BinaryPrimitives.ReadUInt64BigEndian(_l2.AsSpan((index * 16) + 8)) : 0;
        if (entry == 0 && bitmap == 0)
            return;
        long entryOffset = table + (index * (long)_entrySize);
        if ((entry & Qcow2Entry.Compressed) != 0)
        {
            CountCompressed(entry, bitmap, entryOffset, index, deep, token);
            return;
        }

        if ((entry & _reserved) != 0)
            Corrupt(entryOffset, $"L2 entry {index}", $"reserved bits are set in 0x{entry:x16}");
        if (((uint)bitmap & (uint)(bitmap >> 32)) != 0)
            Corrupt(entryOffset + 8, $"L2 entry {index}", $"subclusters are both allocated and zero in 0x{bitmap:x16}");
        long data = (long)(entry & Qcow2Entry.OffsetMask);
        bool copied = (entry & Qcow2Entry.Copied) != 0;
        if (_hasDataFile)
        {
            // Data clusters lie in the other file, which has no refcounts.
            if ((data != 0 || copied) && data != guest)
                Corrupt(entryOffset, $"L2 entry {index}", $"the data cluster is at {data} of the data file, but must be at its guest offset {guest}");
        }
        else if (data == 0)
        {
            if ((uint)bitmap != 0)
                Corrupt(entryOffset + 8, $"L2 entry {index}", "subclusters are allocated, but there is no host cluster");
            if (copied)
                Corrupt(entryOffset, $"L2 entry {index}", "bit 63 is set, but there is no host cluster");
        }
        else if ((data & (_clusterSize - 1)) != 0 || data >= _fileLength)
        {
            Corrupt(entryOffset, $"L2 entry {index}", $"a data cluster at {data} is not aligned or not inside the file of {_fileLength} bytes");
        }
        else
        {
            count(data, _clusterSize, false);
            if (checkCopied)
                CheckCopied(entry, data, entryOffset, "L2 entry", index);
        }
    }

    private void CountCompressed(ulong entry, ulong bitmap, long entryOffset, int index, bool deep, CancellationToken token)
    {
        if ((entry & Qcow2Entry.Copied) != 0)
            Corrupt(entryOffset, $"L2 entry {index}", "bit 63 is set on a compressed cluster");
        if (bitmap != 0)
            Corrupt(entryOffset + 8, $"L2 entry {index}", "a subcluster bitmap is set on a compressed cluster");
        if (_hasDataFile)
            Corrupt(entryOffset, $"L2 entry {index}", "a compressed cluster in an image with an external data file");
        (HostOffset host, int stored) = Qcow2Entry.DecodeCompressed(entry, header.CompressedOffsetBits);
        if (!Qcow2Entry.IsCompressedPlace(host, stored, _fileLength))
        {
            Corrupt(entryOffset, $"L2 entry {index}", $"{stored} compressed bytes at {host.Value} are not inside the file of {_fileLength} bytes");
            return;
        }

        count(host.Value, stored, false);
        if (deep)
            Decompress(host, stored, index, token);
    }

    private void Decompress(HostOffset host, int stored, int index, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        if (_stored.Length < stored)
            _stored = new byte[Math.Max(stored, 2 * _stored.Length)];
        if (_cluster.Length == 0)
            _cluster = new byte[_clusterSize];
        device.ReadPadded(host, _stored.AsSpan(0, stored));
        if (ClusterCodec.Get(header.CompressionType).TryDecompress(_stored.AsSpan(0, stored), _cluster) is { } problem)
            Corrupt(host.Value, $"L2 entry {index}", $"the compressed cluster is {problem}");
    }

    private void Corrupt(long offset, string field, string message) => report(CheckSeverity.Corruption, offset, field, message);

    private void CheckCopied(ulong entry, long offset, long entryOffset, string kind, int index)
    {
        ulong refcount = refcounts.Get(offset >> _clusterBits);
        bool copied = (entry & Qcow2Entry.Copied) != 0;
        if (copied == (refcount == 1))
            return;
        // Not set, it costs the next write a needless copy: a power cut in the middle of a snapshot leaves that. Set, a
        // snapshot's data would be written over.
        report(copied ? CheckSeverity.Corruption : CheckSeverity.Information, entryOffset, $"{kind} {index}",
            $"bit 63 (refcount is one) is {(copied ? "set" : "not set")}, but the refcount of the cluster at {offset} is {refcount}");
    }
}
