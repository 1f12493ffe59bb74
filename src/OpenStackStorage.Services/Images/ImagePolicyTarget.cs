using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// An image as policy checks see it: Glance, <c>glance/api/policy.py</c>, <c>ImageTarget</c>. Values are written as Python does.
/// </summary>
public static class ImagePolicyTarget
{
    private const string None = "None";

    /// <summary>An image that is yet to be made, by Glance's defaults.</summary>
    public static Func<string, string?> OfNew(string project) => name => name switch
    {
        "project_id" or "owner" => project,
        "visibility" => ImageWords.Of(ImageVisibility.Shared),
        _ => null,
    };

    /// <param name="project">Whose view it is: the member, where the image of another project is shared.</param>
    /// <returns>The value of an attribute or property; null where the image has none of that name.</returns>
    public static Func<string, string?> Of(Image image, string project) => name => name switch
    {
        "id" or "image_id" => image.Id.ToString(),
        "name" => image.Name ?? None,
        "status" => ImageWords.Of(image.Status),
        "visibility" => ImageWords.Of(image.Visibility),
        "project_id" or "owner" => image.Owner,
        // glance/db/__init__.py: who does not own a shared image found it as its member.
        "member_id" or "member" => image.Visibility == ImageVisibility.Shared && image.Owner != project ? project : None,
        "disk_format" => image.DiskFormat is { } disk ? ImageWords.Of(disk) : None,
        "container_format" => image.ContainerFormat is { } container ? ImageWords.Of(container) : None,
        "size" => image.Size?.ToString(CultureInfo.InvariantCulture) ?? None,
        "virtual_size" => image.VirtualSize?.ToString(CultureInfo.InvariantCulture) ?? None,
        "checksum" => image.Checksum ?? None,
        "os_hash_algo" => image.HashAlgorithm ?? None,
        "os_hash_value" => image.HashValue ?? None,
        "min_disk" => image.MinDisk.ToString(CultureInfo.InvariantCulture),
        "min_ram" => image.MinRam.ToString(CultureInfo.InvariantCulture),
        "protected" => image.Protected.ToString(),
        "os_hidden" => image.Hidden.ToString(),
        _ => image.Properties.GetValueOrDefault(name),
    };
}
