using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks;

/// <content>Internal snapshots. Source: qcow2.rst, "Snapshots".</content>
public sealed partial class Qcow2WritableImage
{
    public IReadOnlyList<ImageSnapshot> Snapshots => [.. Qcow2Snapshot.ReadAll(File, Header).Select(snapshot => snapshot.ToImageSnapshot())];

    /// <summary>Keeps the disk as it is now under a name. Takes effect at once: it flushes.</summary>
    /// <param name="name">At most 255 bytes. Two snapshots may have the same.</param>
    /// <param name="now">The time that is recorded.</param>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.ParameterInvalid"/> where the image can't have it; <see cref="ErrorIds.InsufficientSpace"/> when a
    /// refcount does not fit into its bits.
    /// </exception>
    public ImageSnapshot CreateSnapshot(string name, DateTimeOffset now)
    {
        if (HasDataFile)
            throw Invalid($"'{File.Path}' can't have internal snapshots: its data lies in a data file.");
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(name) > Qcow2Snapshot.MaximumName)
            throw Invalid($"'{name}' is no name for a snapshot: 1 to {Qcow2Snapshot.MaximumName} bytes are.");
        BeginChange();
        _metadata.Write();
        List<Qcow2Snapshot> snapshots = Qcow2Snapshot.ReadAll(File, Header, stored: true);
        if (snapshots.Count >= Qcow2Header.MaximumSnapshots)
            throw Invalid($"'{File.Path}' has {snapshots.Count} snapshots, and no more fit into it.");

        // As qemu counts them: one more than the largest number.
        ulong id = 1 + snapshots.Select(snapshot => ulong.TryParse(snapshot.Id, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0)
            .DefaultIfEmpty().Max();
        ulong[] l1 = _metadata.Tables.CopyL1(_metadata.Tables.Count);
        for (int i = 0; i < l1.Length; i++)
            l1[i] &= ~Qcow2Entry.Copied;
        ClusterRun run = _metadata.Pool.TakeRun(Math.Max(1, L1Clusters(l1.Length)));
        Qcow2Snapshot snapshot = Qcow2Snapshot.Create(id.ToString(CultureInfo.InvariantCulture), name, run.First << ClusterBits, (uint)l1.Length, _size, now);

        snapshots.Add(snapshot);
        ClusterRun tableRun = TakeSnapshotTable(snapshots);

        // Bit 63 first: it must not promise a refcount of one that is no longer true.
        Qcow2References references = new(_metadata);
        try
        {
            references.MarkCopied(clear: true);
            _metadata.Write();
            references.Add(l1);
        }
        catch (StorageException)
        {
            _metadata.Pool.GiveBack(run);
            _metadata.Pool.GiveBack(tableRun);
            references.MarkCopied(clear: false);
            throw;
        }

        _metadata.Write();
        WriteL1(run, l1);
        StoreSnapshots(snapshots, tableRun);
        return snapshot.ToImageSnapshot();
    }

    /// <summary>Makes the disk what it was at a snapshot, also in size. What it holds now is lost. Takes effect at once.</summary>
    /// <param name="snapshot">An id, or else a name.</param>
    public void RestoreSnapshot(string snapshot)
    {
        BeginChange();
        _metadata.Write();
        Qcow2Snapshot wanted = Qcow2Snapshot.Find(File, Header, snapshot);
        if (wanted.VirtualSize != _size)
        {
            GiveSnapshotsTheirSize(wanted.VirtualSize);
            MarkBitmapsInUse(all: true);
        }

        ulong[] oldL1 = _metadata.Tables.CopyL1(_metadata.Tables.Count);
        ulong[] l1 = ReadL1(wanted);
        ClusterRun old = new((long)Header.L1TableOffset >> ClusterBits, L1Clusters(oldL1.Length));
        ClusterRun run = _metadata.Pool.TakeRun(Math.Max(1, L1Clusters(l1.Length)));

        Qcow2References references = new(_metadata);
        try
        {
            references.ClearCopied(l1);
            _metadata.Write();
            references.Add(l1);
        }
        catch (StorageException)
        {
            _metadata.Pool.GiveBack(run);
            throw;
        }

        _metadata.Write();
        WriteL1(run, l1);
        _metadata.ReplaceL1(l1, run.First << ClusterBits, (ulong)wanted.VirtualSize);
        _size = wanted.VirtualSize;
        references.Remove(oldL1);
        _metadata.Pool.GiveBack(old);
        _metadata.Write();
    }

    /// <summary>Forgets a snapshot, and frees what only it had. Takes effect at once.</summary>
    /// <param name="snapshot">An id, or else a name.</param>
    public void RemoveSnapshot(string snapshot)
    {
        BeginChange();
        _metadata.Write();
        Qcow2Snapshot wanted = Qcow2Snapshot.Find(File, Header, snapshot);
        ulong[] l1 = ReadL1(wanted);
        List<Qcow2Snapshot> others = Qcow2Snapshot.ReadAll(File, Header, stored: true);
        others.RemoveAt(others.FindIndex(other => other.Id == wanted.Id && other.L1TableOffset == wanted.L1TableOffset));
        StoreSnapshots(others, TakeSnapshotTable(others));

        Qcow2References references = new(_metadata);
        references.Remove(l1);
        if (wanted.L1Size > 0)
            _metadata.Pool.GiveBack(new ClusterRun((long)wanted.L1TableOffset >> ClusterBits, L1Clusters((int)wanted.L1Size)));
        _metadata.Write();
        references.MarkCopied(clear: false);
        _metadata.Write();
    }

    private ulong[] ReadL1(Qcow2Snapshot snapshot)
    {
        ulong[] l1 = Qcow2L1Table.ReadEntries(File, Header, snapshot.L1TableOffset, (int)snapshot.L1Size);
        for (int i = 0; i < l1.Length; i++)
            l1[i] &= ~Qcow2Entry.Copied;
        return l1;
    }

    /// <summary>Space for a snapshot table; none for an empty one.</summary>
    private ClusterRun TakeSnapshotTable(List<Qcow2Snapshot> snapshots)
    {
        long length = Qcow2Snapshot.TableLength(snapshots);
        if (length > Qcow2Snapshot.MaximumTable)
            throw Invalid($"'{File.Path}' has {Header.SnapshotCount} snapshots, and no more fit into its table.");
        return length == 0 ? default : _metadata.Pool.TakeRun((length + ClusterSize - 1) >> ClusterBits);
    }

    /// <summary>Writes a new snapshot table, and then lets the header name it.</summary>
    private void StoreSnapshots(List<Qcow2Snapshot> snapshots, ClusterRun place)
    {
        long oldLength = Qcow2Snapshot.TableLength(Qcow2Snapshot.ReadAll(File, Header));
        long oldOffset = (long)Header.SnapshotsOffset;
        _metadata.Write();
        if (place.Count > 0)
        {
            // Whole clusters: a later file end must not cut the table short.
            byte[] bytes = new byte[place.Count << ClusterBits];
            int at = 0;
            foreach (Qcow2Snapshot snapshot in snapshots)
            {
                snapshot.Stored!.CopyTo(bytes, at);
                at += snapshot.EntryLength;
            }

            File.Write(new HostOffset(place.First << ClusterBits), bytes);
            _metadata.Barrier();
        }

        _metadata.WriteHeader(Header with { SnapshotsOffset = (ulong)(place.First << ClusterBits), SnapshotCount = (uint)snapshots.Count });
        _metadata.Barrier();
        if (oldLength > 0)
            _metadata.Pool.GiveBack(new ClusterRun(oldOffset >> ClusterBits, (oldLength + ClusterSize - 1) >> ClusterBits));
        _metadata.Write();
    }

    private StorageException Invalid(string message) => new(ErrorIds.ParameterInvalid, message) { Target = File.Path };
}
