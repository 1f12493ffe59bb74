namespace OpenStackStorage;

// What the services refuse: Glance's and Cinder's refusals in meaning, and those of the embedded store.
public static partial class ErrorIds
{
    public static readonly ErrorId ImageNotFound = new(
        nameof(ImageNotFound), StorageErrorCategory.ObjectNotFound,
        "There is no such image, or it is not visible to this user and project.",
        "List what is visible with Get-GlanceImage; hidden images need -Hidden.");

    public static readonly ErrorId ImageConflict = new(
        nameof(ImageConflict), StorageErrorCategory.InvalidOperation,
        "The image's state, or another image, does not let this be done.",
        "Look at the image's Status with Get-GlanceImage; the message names the states that allow it.");

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
}
