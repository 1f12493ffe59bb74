namespace OpenStackStorage;

// What volumes, backends and the scheduler refuse.
public static partial class ErrorIds
{
    public static readonly ErrorId VolumeNotFound = new(
        nameof(VolumeNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such volume, or it is not visible to this user and project.",
        "List what is visible with Get-CinderVolume.");

    public static readonly ErrorId VolumeNameAmbiguous = new(
        nameof(VolumeNameAmbiguous), StorageErrorCategory.InvalidArgument,
        "Several volumes have the name that was given; names are not unique.",
        "Name the volume by -VolumeId; the message lists the ids.");

    public static readonly ErrorId VolumeConflict = new(
        nameof(VolumeConflict), StorageErrorCategory.InvalidOperation,
        "The status of the volume, or what depends on it, does not let this be done.",
        "The message names the statuses that allow it, or what is in the way; look with Get-CinderVolume and Get-CinderVolumeDependency.");

    public static readonly ErrorId VolumeSizeInvalid = new(
        nameof(VolumeSizeInvalid), StorageErrorCategory.InvalidArgument,
        "A volume's size is not a whole number of GiB, or too small for what is to be in it.",
        "Give a size with its unit, as 20GB, of whole GiB, at least as large as the source.");

    public static readonly ErrorId VolumeWaitFailed = new(
        nameof(VolumeWaitFailed), StorageErrorCategory.OperationTimeout,
        "The volume did not reach the status that was waited for, or can not reach it any more.",
        "Look at the volume's Status and LastError with Get-CinderVolume.");

    public static readonly ErrorId VolumeDamaged = new(
        nameof(VolumeDamaged), StorageErrorCategory.InvalidData,
        "A layer of the volume is missing, damaged, or not the one that the layers above were made on.",
        "Run Get-CinderVolumeCheck on the volume: it names the layer. Restore that file; nothing has been written.");

    public static readonly ErrorId SnapshotNotFound = new(
        nameof(SnapshotNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such snapshot, or it is not visible to this user and project.",
        "List what is visible with Get-CinderSnapshot.");

    public static readonly ErrorId SnapshotNameAmbiguous = new(
        nameof(SnapshotNameAmbiguous), StorageErrorCategory.InvalidArgument,
        "Several snapshots have the name that was given; names are not unique.",
        "Name the snapshot by -SnapshotId; the message lists the ids.");

    public static readonly ErrorId SnapshotConflict = new(
        nameof(SnapshotConflict), StorageErrorCategory.InvalidOperation,
        "The status of the snapshot does not let this be done.",
        "The message names the statuses that allow it; look with Get-CinderSnapshot.");

    public static readonly ErrorId AttachmentNotFound = new(
        nameof(AttachmentNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such attachment, or it is not visible to this user and project.",
        "List them with Get-CinderAttachment.");

    public static readonly ErrorId VolumeTypeNotFound = new(
        nameof(VolumeTypeNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such volume type, or the project has no access to it.",
        "List the types with Get-CinderVolumeType.");

    public static readonly ErrorId VolumeTypeConflict = new(
        nameof(VolumeTypeConflict), StorageErrorCategory.ResourceExists,
        "The name of a volume type is taken, or what was asked for contradicts what the type is.",
        "Choose another name, or look at the type with Get-CinderVolumeType and ask for what it lacks.");

    public static readonly ErrorId VolumeTypeInUse = new(
        nameof(VolumeTypeInUse), StorageErrorCategory.InvalidOperation,
        "Volumes are of the type or it is a default type, so it can not be removed, nor its extra specs be changed.",
        "Retype the volumes with Convert-CinderVolume or remove them; name another default type.");

    public static readonly ErrorId QosNotFound = new(
        nameof(QosNotFound), StorageErrorCategory.ObjectNotFound,
        "There are no such QoS specs.",
        "List them with Get-CinderQos.");

    public static readonly ErrorId QosConflict = new(
        nameof(QosConflict), StorageErrorCategory.ResourceExists,
        "The name of QoS specs is taken.",
        "Choose another name, or change the specs with Set-CinderQos.");

    public static readonly ErrorId QosInUse = new(
        nameof(QosInUse), StorageErrorCategory.InvalidOperation,
        "Volume types have the QoS specs, so they can not be removed.",
        "Take them from the types with Set-CinderVolumeType -NoQos, or give -Force.");

    public static readonly ErrorId BackendNotFound = new(
        nameof(BackendNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such backend.",
        "List them with Get-CinderBackend; add one with Add-CinderBackend.");

    public static readonly ErrorId BackendConflict = new(
        nameof(BackendConflict), StorageErrorCategory.ResourceExists,
        "The name of a backend is taken, or its place belongs to another backend.",
        "Choose another name or an empty folder.");

    public static readonly ErrorId BackendInUse = new(
        nameof(BackendInUse), StorageErrorCategory.InvalidOperation,
        "The backend holds volumes, so it can not be taken away.",
        "Move the volumes with Move-CinderVolume, remove them, or give them back with Unregister-CinderVolume.");

    public static readonly ErrorId BackendUnavailable = new(
        nameof(BackendUnavailable), StorageErrorCategory.ResourceUnavailable,
        "The backend's place is gone, is not the backend's, or can not be written.",
        "Mount it or mend its rights, then look with Test-CinderBackend. Nothing has been changed.");

    public static readonly ErrorId BackendFull = new(
        nameof(BackendFull), StorageErrorCategory.ResourceUnavailable,
        "The backend has no room left on its medium.",
        "Free space there, or use another backend.");

    public static readonly ErrorId NoValidBackend = new(
        nameof(NoValidBackend), StorageErrorCategory.ResourceUnavailable,
        "No backend can take the volume.",
        "The message says pool by pool why not; Find-CinderPool -Explain shows all of it.");

    public static readonly ErrorId SchedulerExpressionInvalid = new(
        nameof(SchedulerExpressionInvalid), StorageErrorCategory.InvalidArgument,
        "A filter or goodness function is no expression, or has no value.",
        "The message names the place. Names before 'and' and 'or' need parentheses, as in Cinder.");

    public static readonly ErrorId SchedulerOptionsInvalid = new(
        nameof(SchedulerOptionsInvalid), StorageErrorCategory.InvalidArgument,
        "The scheduler's options name a filter or weigher that does not exist, or less than one attempt.",
        "Choose among the names in the message.");
}
