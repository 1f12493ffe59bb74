namespace OpenStackStorage.Services;

/// <summary>Removes a volume's data and its snapshots'; may be done again, wherever it ended. Who calls holds the operation.</summary>
internal sealed class VolumeRemoval(VolumeServiceParts parts, VolumeId id, int? clearMiB)
{
    /// <summary>Removes snapshots from the newest to the oldest, each with its row, then the volume's data; the volume's row stays.</summary>
    public bool Run(WorkProgress progress, CancellationToken token)
    {
        (Volume? volume, IReadOnlyList<VolumeSnapshot> snapshots, IVolumeDriver? driver) = Find();
        if (volume is null || driver is null)
            return true;
        foreach (VolumeSnapshot snapshot in snapshots.Reverse())
        {
            IReadOnlyDictionary<string, string> state = driver.DeleteSnapshot(volume, snapshot, progress, token);
            volume = parts.Catalog.Write(writer => RemoveSnapshot(writer, volume, snapshot, state));
        }

        driver.Delete(volume, clearMiB, progress, token);
        return true;
    }

    /// <summary>Ends what a process that died began: what it left beside the data goes too.</summary>
    public void RunAgain()
    {
        (Volume? volume, IReadOnlyList<VolumeSnapshot> snapshots, IVolumeDriver? driver) = Find();
        if (volume is null || driver is null)
            return;
        if (snapshots.Count > 0) // it died before the volume's own data
            driver.Recover(volume, snapshots);
        Run(new WorkProgress(), CancellationToken.None);
        driver.Recover(volume, []);
    }

    public static bool End(ICatalogWriter writer, VolumeId id)
    {
        foreach (VolumeSnapshot snapshot in VolumeService.SnapshotsOf(writer, id))
            writer.Remove(VolumeTables.Snapshots, snapshot.Id.ToString());
        foreach (VolumeAttachment attachment in VolumeService.AttachmentsOf(writer, id))
            writer.Remove(VolumeTables.Attachments, attachment.Id.ToString());
        return writer.Remove(VolumeTables.Volumes, id.ToString());
    }

    /// <summary>
    /// Cinder's <c>error_deleting</c>, for the snapshot too where one stopped it; those whose turn had not come are available again, while
    /// Cinder leaves them in <c>deleting</c>. What is only in use is available again: <c>VolumeIsBusy</c>.
    /// </summary>
    public static void Fail(ICatalogWriter writer, VolumeId id, Exception error, DateTimeOffset now)
    {
        if (writer.Find(VolumeTables.Volumes, id.ToString()) is not { } volume)
            return;
        bool isBusy = error is StorageException storage && storage.Id == ErrorIds.ImageInUse;
        string reason = error is OperationCanceledException ? "The deletion was stopped." : error.Message;
        IReadOnlyList<VolumeAttachment> attachments = VolumeService.AttachmentsOf(writer, id);
        Volume failed = VolumeStates.Fail(VolumeAction.Delete, volume, attachments, reason);
        writer.Put(VolumeTables.Volumes, failed with { Status = isBusy ? VolumeStates.Idle(attachments) : failed.Status, UpdatedAt = now });
        VolumeSnapshot[] left = [.. VolumeService.SnapshotsOf(writer, id).Where(one => one.Status == SnapshotStatus.Deleting)];
        for (int at = 0; at < left.Length; at++)
        {
            VolumeSnapshot snapshot = at == left.Length - 1 && !isBusy
                ? SnapshotStates.Fail(SnapshotAction.Delete, left[at], reason)
                : left[at] with { Status = SnapshotStatus.Available };
            writer.Put(VolumeTables.Snapshots, snapshot with { UpdatedAt = now });
        }
    }

    private (Volume? Volume, IReadOnlyList<VolumeSnapshot> Snapshots, IVolumeDriver? Driver) Find() => parts.Catalog.Read(reader =>
    {
        Volume? found = reader.Find(VolumeTables.Volumes, id.ToString());
        return (found, VolumeService.SnapshotsOf(reader, id), found?.Host is { } host ? parts.DriverOf(reader, host) : null);
    });

    private static Volume RemoveSnapshot(ICatalogWriter writer, Volume volume, VolumeSnapshot snapshot, IReadOnlyDictionary<string, string> state)
    {
        writer.Remove(VolumeTables.Snapshots, snapshot.Id.ToString());
        Volume next = (writer.Find(VolumeTables.Volumes, volume.Id.ToString()) ?? volume) with { DriverState = state };
        writer.Put(VolumeTables.Volumes, next);
        return next;
    }
}
