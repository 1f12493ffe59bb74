namespace OpenStackStorage;

// What the services refuse: Glance's and Cinder's refusals in meaning, and those of the embedded store.
public static partial class ErrorIds
{
    public static readonly ErrorId ImageNotFound = new(
        nameof(ImageNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such image, or it is not visible to this user and project.",
        "List what is visible with Get-GlanceImage; hidden images need -Hidden.");

    public static readonly ErrorId ImageNameAmbiguous = new(
        nameof(ImageNameAmbiguous), StorageErrorCategory.InvalidArgument,
        "Several images have the name that was given; names are not unique.",
        "Name the image by -ImageId; the message lists the ids.");

    public static readonly ErrorId ImageMemberNotFound = new(
        nameof(ImageMemberNotFound), StorageErrorCategory.ObjectNotFound,
        "The project is no member of the image, or that is not visible to this user and project.",
        "List the members with Get-GlanceImageMember.");

    public static readonly ErrorId ImageConflict = new(
        nameof(ImageConflict), StorageErrorCategory.InvalidOperation,
        "The image's state, or another image, does not let this be done.",
        "Look at the image's Status with Get-GlanceImage; the message names the states that allow it.");

    public static readonly ErrorId ImageWaitFailed = new(
        nameof(ImageWaitFailed), StorageErrorCategory.OperationTimeout,
        "The image did not reach the state that was waited for, or can not reach it any more.",
        "Look at the image's Status and LastError with Get-GlanceImage.");

    public static readonly ErrorId ImageProtected = new(
        nameof(ImageProtected), StorageErrorCategory.PermissionDenied,
        "The image is protected against deletion.",
        "Run Set-GlanceImage -Protected:$false on it first.");

    public static readonly ErrorId QuotaExceeded = new(
        nameof(QuotaExceeded), StorageErrorCategory.QuotaExceeded,
        "The request would take the project beyond one of its quotas.",
        "Remove what is not needed, or raise the quota that the message names.");

    public static readonly ErrorId NotAuthorized = new(
        nameof(NotAuthorized), StorageErrorCategory.PermissionDenied,
        "The policy does not allow this to the connection's user, project and roles.",
        "Ask with Test-GlancePolicy which rule decides; connect with a role that it allows.");

    public static readonly ErrorId StoreTooNew = new(
        nameof(StoreTooNew), StorageErrorCategory.NotImplemented,
        "A newer version of this module has written the store.",
        "Use that version or a later one. Nothing has been changed.");

    public static readonly ErrorId StoreInvalid = new(
        nameof(StoreInvalid), StorageErrorCategory.InvalidData,
        "The folder is no store, or the file that marks it as one can not be read.",
        "Name the folder of a store, or an empty or new folder to make one.");

    public static readonly ErrorId ConnectionClosed = new(
        nameof(ConnectionClosed), StorageErrorCategory.InvalidOperation,
        "The connection was closed with Disconnect-OpenStackStorage.",
        "Connect again with Connect-OpenStackStorage.");

    public static readonly ErrorId CatalogMissing = new(
        nameof(CatalogMissing), StorageErrorCategory.ObjectNotFound,
        "The store holds images' data, and its catalogue is gone.",
        "Run Repair-OpenStackStorage -Path on the folder: it rebuilds the catalogue from the records beside the data; or restore 'catalog.db' from a backup.");

    public static readonly ErrorId CatalogDamaged = new(
        nameof(CatalogDamaged), StorageErrorCategory.InvalidData,
        "The catalogue of a store is damaged, or the file is no catalogue.",
        "Run Repair-OpenStackStorage -Path on the folder: it mends the file, or keeps it under another name and rebuilds it from the records beside the data.");

    public static readonly ErrorId ImageRecordDamaged = new(
        nameof(ImageRecordDamaged), StorageErrorCategory.InvalidData,
        "The record beside an image's data can not be read.",
        "Nothing is lost while the catalogue is sound: the record is only needed to rebuild it.");

    public static readonly ErrorId StoreArchiveInvalid = new(
        nameof(StoreArchiveInvalid), StorageErrorCategory.InvalidData,
        "The folder or file is no export of a store, was changed since, or holds what no export does.",
        "Make the export again with Export-OpenStackStorage, and compare how it was copied. Nothing of it was taken over.");

    public static readonly ErrorId CatalogBusy = new(
        nameof(CatalogBusy), StorageErrorCategory.ResourceBusy,
        "Others have changed the catalogue without a pause for a minute.",
        "Try again; find out which program keeps the catalogue locked.");

    public static readonly ErrorId CatalogFailed = new(
        nameof(CatalogFailed), StorageErrorCategory.ResourceUnavailable,
        "SQLite could not carry out what the catalogue asked for.",
        "The message holds SQLite's own words. Nothing has been changed.");

    public static readonly ErrorId SqliteMissing = new(
        nameof(SqliteMissing), StorageErrorCategory.ResourceUnavailable,
        "The operating system's SQLite library is missing.",
        "Install it: libsqlite3-0 on Debian and Ubuntu, sqlite-libs on Fedora, Alpine and RHEL. Windows and macOS have it.");

    public static readonly ErrorId ImageDataNotFound = new(
        nameof(ImageDataNotFound), StorageErrorCategory.ObjectNotFound,
        "A store does not hold the data that an image is said to have there.",
        "Run Get-OpenStackStorageCheck: it tells which images lost their data.");

    public static readonly ErrorId ImageKeyInvalid = new(
        nameof(ImageKeyInvalid), StorageErrorCategory.SecurityError,
        "A location names something that a store would never have made.",
        "Find out where the location comes from: it may be an attempt to reach other files.");

    public static readonly ErrorId ImageUnsafe = new(
        nameof(ImageUnsafe), StorageErrorCategory.SecurityError,
        "The content names other files, or fails another of its format's safety checks.",
        "Convert the image with Convert-DiskImage to one file without references, if you trust it.");

    public static readonly ErrorId ImageSizeMismatch = new(
        nameof(ImageSizeMismatch), StorageErrorCategory.InvalidData,
        "The data has not the size that was announced.",
        "Compare the source's size with what was announced; the transfer may have been cut short.");

    public static readonly ErrorId ImageHashMismatch = new(
        nameof(ImageHashMismatch), StorageErrorCategory.InvalidData,
        "The data is not what was stored: its hash differs from the recorded one.",
        "Run Test-GlanceImage on the image; restore it from a good copy if its data is damaged.");

    public static readonly ErrorId PolicyInvalid = new(
        nameof(PolicyInvalid), StorageErrorCategory.InvalidData,
        "A policy file can't be read, or a rule in it can't.",
        "Correct the line that the message names; put checks in quotes.");
}
