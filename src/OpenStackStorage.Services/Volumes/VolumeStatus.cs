using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// A volume's status: <c>cinder/objects/fields.py</c>, <c>VolumeStatus</c>, and the four that Cinder uses without listing them
/// there (reverting, unmanaging, error_unmanaging, error_managing_deleting). <see cref="VolumeWords"/> has Cinder's spelling.
/// </summary>
public enum VolumeStatus
{
    Creating,
    Available,
    Deleting,
    Error,
    ErrorDeleting,
    ErrorManaging,
    Managing,
    Attaching,
    InUse,
    Detaching,
    Maintenance,
    RestoringBackup,
    ErrorRestoring,
    Reserved,
    AwaitingTransfer,
    BackingUp,
    ErrorBackingUp,
    ErrorExtending,
    Downloading,
    Uploading,
    Retyping,
    Extending,
    Reverting,
    Unmanaging,
    ErrorUnmanaging,
    ErrorManagingDeleting,
}

/// <summary>How far a migration is: <c>volume.migration_status</c>.</summary>
public enum MigrationStatus
{
    None,
    Migrating,
    Starting,
    Completing,
    Success,
    Error,
}

/// <summary>A snapshot's status: <c>cinder/objects/fields.py</c>, <c>SnapshotStatus</c>. Deleted ones are gone, as their rows are.</summary>
public enum SnapshotStatus
{
    Creating,
    Available,
    Deleting,
    Error,
    ErrorDeleting,
    Updating,
    Unmanaging,
    BackingUp,
    Restoring,
}

/// <summary>How far an attachment is: <c>cinder/objects/fields.py</c>, <c>VolumeAttachStatus</c>.</summary>
public enum AttachStatus
{
    Attached,
    Attaching,
    Detached,
    Reserved,
    ErrorAttaching,
    ErrorDetaching,
    Deleted,
}

/// <summary>Cinder's spelling: <c>in-use</c>, <c>error_deleting</c>, <c>awaiting-transfer</c>, <c>error_backing-up</c>.</summary>
public static class VolumeWords
{
    /// <summary>Cinder's word for a value of one of this file's enumerations.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Spelled(ImageWords.Of(value));

    /// <summary>The value of a word; null for another one.</summary>
    public static T? Find<T>(string word)
        where T : struct, Enum => Enum.GetValues<T>().Where(value => Of(value) == word).Cast<T?>().FirstOrDefault();

    /// <summary>The same spelling in the catalogue's records.</summary>
    internal sealed class NamingPolicy : JsonNamingPolicy
    {
        public override string ConvertName(string name) => Spelled(SnakeCaseLower.ConvertName(name));
    }

    private static string Spelled(string word) => word switch
    {
        "in_use" => "in-use",
        "awaiting_transfer" => "awaiting-transfer",
        "backing_up" => "backing-up",
        "restoring_backup" => "restoring-backup",
        "error_backing_up" => "error_backing-up",
        _ => word,
    };
}
