using static OpenStackStorage.Services.VolumeConditions;
using static OpenStackStorage.Services.VolumeStatus;

namespace OpenStackStorage.Services;

/// <summary>What is done to a volume, as far as its status decides.</summary>
public enum VolumeAction
{
    /// <summary>The making of a volume itself: it is in no status before.</summary>
    Create,

    /// <summary>A volume is made of it.</summary>
    Clone,

    /// <summary>Name, description, bootable.</summary>
    Update,

    SetMetadata,
    SetReadOnly,
    Delete,

    /// <summary>With its snapshots.</summary>
    DeleteCascade,

    ForceDelete,
    ForceDeleteCascade,

    /// <summary>The takeover of data that is there already: it is in no status before.</summary>
    Manage,

    Unmanage,
    Snapshot,

    /// <summary>A snapshot that may be of a volume in use: <c>force</c>, or API 3.66.</summary>
    SnapshotInUse,

    Extend,

    /// <summary>The growth of an attached volume: API 3.42.</summary>
    ExtendInUse,

    Revert,
    Upload,

    /// <summary><c>force</c> with <c>enable_force_upload</c>.</summary>
    UploadInUse,

    /// <summary>An attachment is reserved.</summary>
    Attach,

    /// <summary>One more attachment of a multiattach volume is reserved.</summary>
    AttachMultiple,

    Detach,
    Retype,

    /// <summary>With <c>lock_volume</c>.</summary>
    Migrate,
    Reimage,

    /// <summary><c>reimage_reserved</c>.</summary>
    ReimageReserved,

    /// <summary>No such action in Cinder: held to what a retype is held to.</summary>
    Flatten,
}

/// <summary>What must be true of a volume beside its status.</summary>
[Flags]
public enum VolumeConditions
{
    None = 0,

    /// <summary>No attachment is <c>attached</c>.</summary>
    NotAttached = 1,

    /// <summary>Migration status none, success or error: <c>AVAILABLE_MIGRATION_STATUS</c>.</summary>
    NotMigrating = 2,

    NoSnapshots = 4,

    /// <summary>Every snapshot may be deleted: <c>volume_has_undeletable_snapshots_filter</c>.</summary>
    DeletableSnapshots = 8,

    /// <summary>A pool holds it.</summary>
    Placed = 16,

    /// <summary>No more than one attachment.</summary>
    AttachedOnceAtMost = 32,
}

/// <summary>One row of the table: a conditional update of Cinder.</summary>
/// <param name="From">The statuses that allow it.</param>
/// <param name="During">What the volume is meanwhile; null where its status stays.</param>
/// <param name="After">What it is after success; null for what it was, <c>in-use</c> with attachments, or where it is gone.</param>
/// <param name="AfterFailure">What it is after a failure; null for what it was.</param>
public sealed record VolumeRule(
    VolumeAction Action, IReadOnlyList<VolumeStatus> From, VolumeConditions Conditions, VolumeStatus? During, VolumeStatus? After, VolumeStatus? AfterFailure);

/// <summary>
/// Which status lets what be done, and what follows: the conditional updates of <c>cinder/volume/api.py</c> and the ends that
/// <c>cinder/volume/manager.py</c> sets. Every change of a status goes through this table, but for those by hand.
/// </summary>
public static class VolumeStates
{
    private static readonly VolumeStatus[] All = Enum.GetValues<VolumeStatus>();

    private static readonly VolumeStatus[] Deletable = [Available, VolumeStatus.Error, ErrorRestoring, ErrorExtending, ErrorManaging];

    public static IReadOnlyList<VolumeRule> Rules { get; } =
    [
        new(VolumeAction.Create, [], None, Creating, null, VolumeStatus.Error),
        new(VolumeAction.Clone, [Available, InUse], None, null, null, null),
        new(VolumeAction.Update, [.. All.Except([Maintenance])], None, null, null, null),
        new(VolumeAction.SetMetadata, [.. All.Except([Maintenance, Uploading])], None, null, null, null),
        new(VolumeAction.SetReadOnly, [Available], None, null, null, null),
        new(VolumeAction.Delete, Deletable, NotAttached | NotMigrating | NoSnapshots, Deleting, null, ErrorDeleting),
        new(VolumeAction.DeleteCascade, Deletable, NotAttached | NotMigrating | DeletableSnapshots, Deleting, null, ErrorDeleting),
        new(VolumeAction.ForceDelete, All, NotAttached | NotMigrating | NoSnapshots, Deleting, null, ErrorDeleting),
        new(VolumeAction.ForceDeleteCascade, All, NotAttached | NotMigrating, Deleting, null, ErrorDeleting),
        new(VolumeAction.Manage, [], None, Managing, Available, ErrorManaging),
        new(VolumeAction.Unmanage, Deletable, NotAttached | NotMigrating | NoSnapshots | Placed, Unmanaging, null, ErrorUnmanaging),
        new(VolumeAction.Snapshot, [Available], NotMigrating | Placed, null, null, null),
        new(VolumeAction.SnapshotInUse, [Available, InUse], NotMigrating | Placed, null, null, null),
        new(VolumeAction.Extend, [Available], None, Extending, null, ErrorExtending),
        new(VolumeAction.ExtendInUse, [InUse], None, Extending, null, ErrorExtending),
        new(VolumeAction.Revert, [Available], None, Reverting, Available, VolumeStatus.Error),
        new(VolumeAction.Upload, [Available], Placed, Uploading, null, null),
        new(VolumeAction.UploadInUse, [Available, InUse], Placed, Uploading, null, null),
        new(VolumeAction.Attach, [Available, Downloading], None, Reserved, null, null),
        new(VolumeAction.AttachMultiple, [Available, InUse, Downloading], None, Reserved, null, null),
        new(VolumeAction.Detach, [InUse], NotMigrating, Detaching, null, InUse),
        new(VolumeAction.Retype, [Available, InUse], NotMigrating | Placed, Retyping, null, null),
        // Cinder has Nova copy what is attached.
        new(VolumeAction.Migrate, [Available, InUse], NotAttached | NotMigrating | NoSnapshots | Placed, Maintenance, null, null),
        new(VolumeAction.Reimage, [Available, VolumeStatus.Error], AttachedOnceAtMost | Placed, Downloading, null, VolumeStatus.Error),
        new(VolumeAction.ReimageReserved, [Available, VolumeStatus.Error, Reserved], AttachedOnceAtMost | Placed, Downloading, null, VolumeStatus.Error),
        new(VolumeAction.Flatten, [Available, InUse], NotMigrating | Placed, Retyping, null, null),
    ];

    public static VolumeRule Of(VolumeAction action) => Rules.Single(rule => rule.Action == action);

    /// <summary>The migration statuses in which a volume may be worked on.</summary>
    public static bool IsMigrating(Volume volume) => volume.MigrationStatus is not (MigrationStatus.None or MigrationStatus.Success or MigrationStatus.Error);

    /// <summary>Asks the table, with the snapshots and attachments that the volume has in this transaction.</summary>
    /// <returns>The volume as it is while the action runs.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeConflict"/>, naming what was found and what is allowed.</exception>
    public static Volume Begin(VolumeAction action, Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, IReadOnlyList<VolumeAttachment> attachments)
    {
        VolumeRule rule = Of(action);
        if (!rule.From.Contains(volume.Status))
            throw Refusal(volume, action, $"it is {VolumeWords.Of(volume.Status)}", string.Join(" or ", rule.From.Select(VolumeWords.Of)));
        foreach (VolumeConditions condition in Enum.GetValues<VolumeConditions>().Where(one => one != None && rule.Conditions.HasFlag(one)))
        {
            if (Obstacle(condition, volume, snapshots, attachments) is var (found, expected) && found is not null)
                throw Refusal(volume, action, found, expected);
        }

        // cinder/volume/api.py, delete: what could not be taken over stays apart from what was a volume.
        VolumeStatus? during = rule.During == Deleting && volume.Status == ErrorManaging ? ErrorManagingDeleting : rule.During;
        return during is { } status ? volume with { Status = status, PreviousStatus = volume.Status } : volume;
    }

    /// <summary>The volume after an action came to its end.</summary>
    /// <param name="attachments">Those that it has now: what was available before may be in use.</param>
    public static Volume End(VolumeAction action, Volume volume, IReadOnlyList<VolumeAttachment> attachments)
    {
        VolumeRule rule = Of(action);
        return rule.During is null ? volume : volume with { Status = rule.After ?? Idle(attachments), PreviousStatus = null, LastError = null };
    }

    /// <summary>The volume after an action failed.</summary>
    public static Volume Fail(VolumeAction action, Volume volume, IReadOnlyList<VolumeAttachment> attachments, string reason)
    {
        VolumeRule rule = Of(action);
        return rule.During is null
            ? volume with { LastError = reason }
            : volume with { Status = rule.AfterFailure ?? Idle(attachments), PreviousStatus = null, LastError = reason };
    }

    /// <summary>What a volume is that nothing is done to: <c>cinder/db/api.py</c>, <c>_get_statuses_from_attachments</c>.</summary>
    public static VolumeStatus Idle(IReadOnlyList<VolumeAttachment> attachments) =>
        attachments.Any(one => one.Status == AttachStatus.Attached) ? InUse
        : attachments.Any(one => one.Status == AttachStatus.Attaching) ? Attaching
        : attachments.Any(one => one.Status == AttachStatus.Reserved) ? Reserved : Available;

    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeConflict"/>.</exception>
    internal static ServiceException Refusal(Volume volume, VolumeAction action, string found, string expected) =>
        new(ErrorIds.VolumeConflict, $"Volume {volume.Id}: {found}; {Words(action)} needs {expected}.")
        {
            Target = volume.Id.ToString(),
            Found = found,
            Expected = expected,
        };

    private static (string? Found, string Expected) Obstacle(
        VolumeConditions condition, Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, IReadOnlyList<VolumeAttachment> attachments) => condition switch
    {
        NotAttached when attachments.FirstOrDefault(one => one.Status == AttachStatus.Attached) is { } attached =>
            ($"attachment {attached.Id} is attached", "a volume that is not attached"),
        NotMigrating when IsMigrating(volume) =>
            ($"its migration is {VolumeWords.Of(volume.MigrationStatus)}", "a volume that does not migrate"),
        NoSnapshots when snapshots.Count > 0 =>
            ($"it has the snapshots {string.Join(", ", snapshots.Select(one => one.Id))}", "a volume without snapshots"),
        DeletableSnapshots when snapshots.FirstOrDefault(one => !SnapshotStates.Deletable.Contains(one.Status)) is { } bound =>
            ($"its snapshot {bound.Id} is {VolumeWords.Of(bound.Status)}", $"snapshots that are {string.Join(" or ", SnapshotStates.Deletable.Select(VolumeWords.Of))}"),
        Placed when volume.Host is null => ("no pool holds it", "a volume in a pool"),
        AttachedOnceAtMost when attachments.Count > 1 => ($"it has {attachments.Count} attachments", "at most one attachment"),
        _ => (null, ""),
    };

    private static string Words(VolumeAction action) => action switch
    {
        VolumeAction.Create => "its creation",
        VolumeAction.Clone => "a volume that is made of it",
        VolumeAction.Update or VolumeAction.SetMetadata => "a change",
        VolumeAction.SetReadOnly => "a change of its read-only flag",
        VolumeAction.Delete or VolumeAction.DeleteCascade or VolumeAction.ForceDelete or VolumeAction.ForceDeleteCascade => "its deletion",
        VolumeAction.Manage => "its takeover",
        VolumeAction.Unmanage => "giving it back",
        VolumeAction.Snapshot or VolumeAction.SnapshotInUse => "a snapshot",
        VolumeAction.Extend or VolumeAction.ExtendInUse => "its growth",
        VolumeAction.Revert => "going back to a snapshot",
        VolumeAction.Upload or VolumeAction.UploadInUse => "making an image of it",
        VolumeAction.Attach or VolumeAction.AttachMultiple => "an attachment",
        VolumeAction.Detach => "a detachment",
        VolumeAction.Retype => "another type",
        VolumeAction.Migrate => "its migration",
        VolumeAction.Reimage or VolumeAction.ReimageReserved => "another image",
        _ => "flattening it",
    };
}
