using static OpenStackStorage.Services.SnapshotStatus;

namespace OpenStackStorage.Services;

/// <summary>What is done to a snapshot, as far as its status decides.</summary>
public enum SnapshotAction
{
    Create,

    /// <summary>A volume is made of it.</summary>
    Clone,

    Update,
    Delete,

    /// <summary><c>os-force_delete</c>.</summary>
    ForceDelete,

    /// <summary>Its volume becomes what it was.</summary>
    Revert,
}

/// <summary>As <see cref="VolumeRule"/>.</summary>
public sealed record SnapshotRule(SnapshotAction Action, IReadOnlyList<SnapshotStatus> From, SnapshotStatus? During, SnapshotStatus? After, SnapshotStatus? AfterFailure);

/// <summary>The table of snapshots, as <see cref="VolumeStates"/> is that of volumes.</summary>
public static class SnapshotStates
{
    private static readonly SnapshotStatus[] All = Enum.GetValues<SnapshotStatus>();

    public static IReadOnlyList<SnapshotRule> Rules { get; } =
    [
        new(SnapshotAction.Create, [], Creating, Available, Error),
        new(SnapshotAction.Clone, [Available], null, null, null),
        new(SnapshotAction.Update, All, null, null, null),
        new(SnapshotAction.Delete, [Available, Error], Deleting, null, ErrorDeleting),
        new(SnapshotAction.ForceDelete, All, Deleting, null, ErrorDeleting),
        new(SnapshotAction.Revert, [Available], Restoring, Available, Available),
    ];

    /// <summary>The statuses in which a snapshot may be deleted.</summary>
    public static IReadOnlyList<SnapshotStatus> Deletable => Of(SnapshotAction.Delete).From;

    public static SnapshotRule Of(SnapshotAction action) => Rules.Single(rule => rule.Action == action);

    /// <returns>The snapshot as it is while the action runs.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotConflict"/>, naming what was found and what is allowed.</exception>
    public static VolumeSnapshot Begin(SnapshotAction action, VolumeSnapshot snapshot)
    {
        SnapshotRule rule = Of(action);
        if (rule.From.Contains(snapshot.Status))
            return rule.During is { } status ? snapshot with { Status = status } : snapshot;
        string found = VolumeWords.Of(snapshot.Status);
        string allowed = string.Join(" or ", rule.From.Select(VolumeWords.Of));
        throw new ServiceException(ErrorIds.SnapshotConflict, $"Snapshot {snapshot.Id} is {found}; {Words(action)} needs {allowed}.")
        {
            Target = snapshot.Id.ToString(),
            Found = found,
            Expected = allowed,
        };
    }

    /// <summary>The snapshot after an action came to its end.</summary>
    public static VolumeSnapshot End(SnapshotAction action, VolumeSnapshot snapshot) =>
        Of(action).After is { } status ? snapshot with { Status = status, LastError = null } : snapshot;

    /// <summary>The snapshot after an action failed.</summary>
    public static VolumeSnapshot Fail(SnapshotAction action, VolumeSnapshot snapshot, string reason) =>
        snapshot with { Status = Of(action).AfterFailure ?? snapshot.Status, LastError = reason };

    private static string Words(SnapshotAction action) => action switch
    {
        SnapshotAction.Clone => "a volume that is made of it",
        SnapshotAction.Revert => "going back to it",
        _ => "its deletion",
    };
}
