namespace OpenStackStorage.Services;

// No such thing in Cinder, whose way out of a status is os-reset_status alone.
public sealed partial class VolumeService
{
    // Codes of drivers' findings that the catalogue can follow.
    private const string SnapshotMissing = nameof(SnapshotMissing);
    private const string SnapshotUnknown = nameof(SnapshotUnknown);

    public IEnumerable<VolumeFinding> Check(VolumeId id, bool deep, WorkProgress progress, CancellationToken token)
    {
        (Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, IReadOnlyList<VolumeAttachment> attachments, CatalogOperation? operation) = _catalog.Read(reader =>
            (_access.Find(reader, id), SnapshotsOf(reader, id), AttachmentsOf(reader, id), VolumeOperations.FindOn(reader, id)));
        if (operation is not null)
            return _parts.Locks.IsHeld(operation.Id) ? [] : [Stuck(volume, operation)];
        VolumeFinding[] stuck =
        [
            .. IsStuck(volume) ? [Stuck(volume, operation)] : Fits(volume.Status, attachments) ? Array.Empty<VolumeFinding>() : [Differs(volume, attachments)],
            .. snapshots.Where(IsStuck).Select(snapshot => Stuck(volume, snapshot)),
        ];
        if (volume.Host is null)
            return stuck;
        // One in error is known to have no content.
        VolumeSnapshot[] whole = [.. snapshots.Where(snapshot => snapshot.Status != SnapshotStatus.Error)];
        return stuck.Concat(DriverOf(volume).Inspect(volume, whole, deep, progress, token)
            .Select(finding => new VolumeFinding(id, finding.Code, finding.Place, finding.Message, finding.CanRepair || finding.Code is SnapshotMissing or SnapshotUnknown)));
    }

    public IReadOnlyList<VolumeFinding> Repair(VolumeId id)
    {
        Volume volume = Get(id);
        _access.Require("volume:update", volume);
        VolumeFinding[] before = [.. Check(id, deep: false, new WorkProgress(), CancellationToken.None)];
        if (_isDry)
            return [.. before.Where(finding => finding.CanRepair)];
        VolumeRecovery.RecoverOn(_parts, id);
        if (before.Any(finding => finding.CanRepair))
            Follow(id);
        HashSet<(string, string)> left = [.. Check(id, deep: false, new WorkProgress(), CancellationToken.None).Select(finding => (finding.Code, finding.Place))];
        return [.. before.Where(finding => finding.CanRepair && !left.Contains((finding.Code, finding.Place)))];
    }

    /// <summary>Lets the driver put a volume's data in order, and the volume and its snapshots be what is true of it.</summary>
    private void Follow(VolumeId id)
    {
        _operations.Run(writer => new VolumeWork(VolumeOperations.Repair, Now(writer, id)), Recover, Mend, (_, _, _) => { }, CancellationToken.None);

        DriverTruth Recover(VolumeWork work) => VolumeTruth.AskOne(_parts, id) ?? new DriverTruth(false, 0, work.Volume.DriverState, []);

        Volume Mend(ICatalogWriter writer, VolumeWork work, DriverTruth truth)
        {
            IReadOnlyList<VolumeAttachment> attachments = AttachmentsOf(writer, id);
            Volume now = Now(writer, id);
            bool isOff = IsStuck(now) || !Fits(now.Status, attachments);
            if (truth.Exists)
            {
                now = now with { DriverState = truth.State, SizeGiB = truth.SizeGiB };
                Follow(writer, now, truth.Snapshots);
            }

            // What an operation that nobody carries out any more has left behind.
            if (isOff)
                now = now with { Status = truth.Exists ? VolumeStates.Idle(attachments) : VolumeStatus.Error, PreviousStatus = null };
            if (VolumeStates.IsMigrating(now))
                now = now with { MigrationStatus = MigrationStatus.Error };
            return Put(writer, now);
        }
    }

    /// <summary>Snapshots whose content is there are available; one that nobody knows may be all that is left of its content, so it gets a row.</summary>
    private void Follow(ICatalogWriter writer, Volume volume, IReadOnlyList<SnapshotId> there)
    {
        IReadOnlyList<VolumeSnapshot> known = SnapshotsOf(writer, volume.Id);
        foreach (VolumeSnapshot snapshot in known)
        {
            bool isThere = there.Contains(snapshot.Id);
            SnapshotStatus next = !isThere ? SnapshotStatus.Error : snapshot.Status == SnapshotStatus.ErrorDeleting ? snapshot.Status : SnapshotStatus.Available;
            if (snapshot.Status != next)
                Put(writer, snapshot with { Status = next, LastError = isThere ? null : "Its content is gone." });
        }

        foreach (SnapshotId id in there.Except(known.Select(snapshot => snapshot.Id)))
        {
            DateTimeOffset now = _parts.Clock.Now();
            Put(writer, new VolumeSnapshot { Id = id, Volume = volume.Id, Status = SnapshotStatus.Available, SizeGiB = volume.SizeGiB, Project = volume.Project, VolumeType = volume.VolumeType, CreatedAt = now, UpdatedAt = now });
        }
    }

    // Statuses that only an operation has; awaiting-transfer, reserved, attaching and detaching wait for people.
    private static bool IsStuck(Volume volume) => VolumeStates.IsMigrating(volume) || volume.Status is VolumeStatus.Creating or VolumeStatus.Downloading or VolumeStatus.Deleting or VolumeStatus.Extending
        or VolumeStatus.Reverting or VolumeStatus.Retyping or VolumeStatus.Uploading or VolumeStatus.Managing or VolumeStatus.Unmanaging or VolumeStatus.ErrorManagingDeleting;

    /// <summary>What a status says of attachments that there are; somebody may have set it by hand.</summary>
    private static bool Fits(VolumeStatus status, IReadOnlyList<VolumeAttachment> attachments) => status switch
    {
        VolumeStatus.Available => VolumeStates.Idle(attachments) == VolumeStatus.Available,
        VolumeStatus.Reserved => attachments.Any(one => one.Status == AttachStatus.Reserved),
        VolumeStatus.Attaching => attachments.Any(one => one.Status == AttachStatus.Attaching),
        VolumeStatus.InUse => attachments.Any(one => one.Status == AttachStatus.Attached),
        _ => true,
    };

    private static VolumeFinding Differs(Volume volume, IReadOnlyList<VolumeAttachment> attachments) => new(volume.Id, "StatusDiffers", "Status",
        $"It is {VolumeWords.Of(volume.Status)}, and by its attachments {VolumeWords.Of(VolumeStates.Idle(attachments))}.", CanRepair: true);

    private static VolumeFinding Stuck(Volume volume, CatalogOperation? operation) => new(volume.Id, "StatusStuck", "Status",
        operation is null
            ? $"It is {VolumeWords.Of(volume.Status)}{(VolumeStates.IsMigrating(volume) ? " and " + VolumeWords.Of(volume.MigrationStatus) : "")}, and nothing works on it."
            : $"It is {VolumeWords.Of(volume.Status)} by {operation.Kind} of {operation.StartedAt:u}, whose process ended.",
        CanRepair: true);

    private static bool IsStuck(VolumeSnapshot snapshot) => snapshot.Status is SnapshotStatus.Creating or SnapshotStatus.Deleting or SnapshotStatus.Restoring;

    private static VolumeFinding Stuck(Volume volume, VolumeSnapshot snapshot) => new(volume.Id, "StatusStuck", $"Snapshot {snapshot.Id}",
        $"It is {VolumeWords.Of(snapshot.Status)}, and nothing works on it.", CanRepair: true);
}
