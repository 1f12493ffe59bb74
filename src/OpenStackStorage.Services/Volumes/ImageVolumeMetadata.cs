using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>What a volume keeps of its image: <c>volume_utils.get_volume_image_metadata</c>.</summary>
internal static class ImageVolumeMetadata
{
    public static IReadOnlyDictionary<string, string> Of(Image image)
    {
        Dictionary<string, string> metadata = new(image.Properties) { ["image_id"] = image.Id.ToString() };
        Add("image_name", image.Name);
        Add("checksum", image.Checksum);
        Add("container_format", image.ContainerFormat is { } container ? ImageWords.Of(container) : null);
        Add("disk_format", image.DiskFormat is { } disk ? ImageWords.Of(disk) : null);
        Add("min_disk", image.MinDisk.ToString(CultureInfo.InvariantCulture));
        Add("min_ram", image.MinRam.ToString(CultureInfo.InvariantCulture));
        Add("size", image.Size?.ToString(CultureInfo.InvariantCulture));
        return metadata;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                metadata[name] = value;
        }
    }
}
