namespace OpenStackStorage.Services;

/// <summary>
/// What one identity may see and do: Glance's database filter (<c>glance/db/utils.py</c>, <c>is_image_visible</c>) and its
/// policy (<c>glance/api/v2/policy.py</c>). What may not be seen is not found.
/// </summary>
internal sealed class ImageAccess
{
    private readonly PolicyRules _policy;
    private readonly Identity _identity;

    public ImageAccess(PolicyRules policy, Identity identity)
    {
        _policy = policy;
        _identity = identity;
        IsAdmin = policy.IsAdmin(identity);
        IEnumerable<string> others = identity.Roles.Where(role => !role.Equals("admin", StringComparison.OrdinalIgnoreCase));
        Viewer = identity with { Roles = IsAdmin ? [.. others, "admin"] : [.. others] };
    }

    public string Project => _identity.Project;

    public bool IsAdmin { get; }

    /// <summary>The identity with the role admin where the policy makes it one.</summary>
    public Identity Viewer { get; }

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>.</exception>
    public Image Find(ICatalogReader catalog, ImageId id) =>
        catalog.FindImage(id) is { } image && IsVisible(catalog, image) && Allows("get_image", image) ? image : throw NotFound(id);

    public bool Allows(string rule, Image image) => _policy.Decide(rule, ImagePolicyTarget.Of(image, Project), _identity).Allowed;

    /// <exception cref="ServiceException"><see cref="ErrorIds.NotAuthorized"/>, naming the checks that decided.</exception>
    public void Require(string rule, Image image) => _policy.Require(rule, ImagePolicyTarget.Of(image, Project), _identity, image.Id.ToString());

    /// <summary>Asks a rule that is about no image: the target is the caller's project.</summary>
    public void Require(string rule) =>
        _policy.Require(rule, ImagePolicyTarget.OfNew(Project), _identity, Project);

    /// <summary>glance/api/policy.py, <c>_enforce_image_visibility</c>.</summary>
    public void RequireVisibility(ImageVisibility visibility, Image image)
    {
        if (visibility == ImageVisibility.Public)
            Require("publicize_image", image);
        else if (visibility == ImageVisibility.Community)
            Require("communitize_image", image);
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.NotAuthorized"/>: Glance's 403 without a rule.</exception>
    public void RequireAdmin(string message, string target)
    {
        if (!IsAdmin)
            throw Forbidden(message, target);
    }

    public static ServiceException Forbidden(string message, string target) => new(ErrorIds.NotAuthorized, message) { Target = target };

    public static ServiceException NotFound(ImageId id) =>
        new(ErrorIds.ImageNotFound, $"No image found with id {id}.") { Target = id.ToString() };

    private bool IsVisible(ICatalogReader catalog, Image image)
    {
        if (image.Status == ImageStatus.Deleted)
            return false;
        if (IsAdmin || image.Owner == Project)
            return true;
        if (image.Status == ImageStatus.PendingDelete)
            return false;
        return image.Visibility switch
        {
            ImageVisibility.Public or ImageVisibility.Community => true,
            ImageVisibility.Shared => catalog.FindMember(image.Id, Project) is not null,
            _ => false,
        };
    }
}
