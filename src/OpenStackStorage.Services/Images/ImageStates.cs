namespace OpenStackStorage.Services;

/// <summary>Which status may follow which: Glance, <c>glance/domain/__init__.py</c>, <c>valid_state_targets</c>.</summary>
public static class ImageStates
{
    private static readonly Dictionary<ImageStatus, ImageStatus[]> Targets = new()
    {
        [ImageStatus.Queued] = [ImageStatus.Saving, ImageStatus.Uploading, ImageStatus.Importing, ImageStatus.Active, ImageStatus.Deleted],
        [ImageStatus.Saving] = [ImageStatus.Active, ImageStatus.Killed, ImageStatus.Deleted, ImageStatus.Queued],
        [ImageStatus.Uploading] = [ImageStatus.Importing, ImageStatus.Queued, ImageStatus.Deleted],
        [ImageStatus.Importing] = [ImageStatus.Active, ImageStatus.Deleted, ImageStatus.Queued],
        [ImageStatus.Active] = [ImageStatus.PendingDelete, ImageStatus.Deleted, ImageStatus.Deactivated],
        [ImageStatus.Killed] = [ImageStatus.Deleted],
        [ImageStatus.PendingDelete] = [ImageStatus.Deleted, ImageStatus.Active],
        [ImageStatus.Deleted] = [],
        [ImageStatus.Deactivated] = [ImageStatus.Active, ImageStatus.Deleted],
    };

    public static IReadOnlyList<ImageStatus> TargetsOf(ImageStatus status) => Targets[status];

    public static bool Allows(ImageStatus from, ImageStatus to) => Targets[from].Contains(to);

    /// <summary>The image in its next status. Back in queued it has no size any more.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageConflict"/>, naming the states that allow it.</exception>
    internal static Image Move(Image image, ImageStatus to) => Allows(image.Status, to)
        ? image with
        {
            Status = to,
            Size = to == ImageStatus.Queued ? null : image.Size,
            VirtualSize = to == ImageStatus.Queued ? null : image.VirtualSize,
        }
        : throw Refusal(image, $"a change of its status to {ImageWords.Of(to)}", [.. Targets.Keys.Where(from => Allows(from, to))]);

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageConflict"/> in any other state.</exception>
    internal static void Require(Image image, string action, params ImageStatus[] states)
    {
        if (!states.Contains(image.Status))
            throw Refusal(image, action, states);
    }

    private static ServiceException Refusal(Image image, string action, ImageStatus[] states)
    {
        string allowed = string.Join(" or ", states.Select(ImageWords.Of));
        return new(ErrorIds.ImageConflict, $"Image {image.Id} is {ImageWords.Of(image.Status)}; {action} needs {allowed}.")
        {
            Target = image.Id.ToString(),
            Found = ImageWords.Of(image.Status),
            Expected = allowed,
        };
    }
}
