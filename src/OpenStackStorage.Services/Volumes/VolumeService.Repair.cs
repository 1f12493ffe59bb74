namespace OpenStackStorage.Services;

// No such thing in Cinder, whose way out of a status is os-reset_status alone.
public sealed partial class VolumeService
{
    public IEnumerable<VolumeFinding> Check(VolumeId id, bool deep, WorkProgress progress, CancellationToken token)
    {
        (Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, IReadOnlyList<VolumeAttachment> attachments, CatalogOperation? operation) = _catalog.Read(reader =>
            (_access.Find(reader, id), SnapshotsOf(reader, id), AttachmentsOf(reader, id), VolumeOperations.FindOn(reader, id)));
        if (operation is not null)
            return _parts.Locks.IsHeld(operation.Id) ? [] : [Stuck(volume, operation)];
        VolumeFinding[] stuck = IsStuck(volume) ? [Stuck(volume, null)] : Fits(volume.Status, attachments) ? [] : [Differs(volume, attachments)];
        if (volume.Host is null)
            return stuck;
        return stuck.Concat(DriverOf(volume).Inspect(volume, snapshots, deep, progress, token)
            .Select(finding => new VolumeFinding(id, finding.Code, finding.Place, finding.Message, finding.CanRepair)));
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

    /// <summary>Lets the driver put a volume's data in order, and the volume be what is true of it.</summary>
    private void Follow(VolumeId id)
    {
        if (_catalog.Read(reader => reader.Find(VolumeTables.Volumes, id.ToString())) is not { Host: not null } volume || VolumeTruth.AskOne(_parts, id) is not { } truth)
            return;
        _catalog.Write(writer =>
        {
            IReadOnlyList<VolumeAttachment> attachments = AttachmentsOf(writer, id);
            Volume now = Now(writer, id);
            if (truth.Exists)
                now = now with { DriverState = truth.State, SizeGiB = truth.SizeGiB };
            // What an operation that nobody carries out any more has left behind.
            if (IsStuck(volume) || !Fits(volume.Status, attachments))
                now = now with { Status = truth.Exists ? VolumeStates.Idle(attachments) : VolumeStatus.Error, PreviousStatus = null };
            if (VolumeStates.IsMigrating(now))
                now = now with { MigrationStatus = MigrationStatus.Error };
            return Put(writer, now);
        });
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
}
