using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>An image's disk, opened to become a volume's content. Nothing that it names is opened.</summary>
internal sealed class ImageContentOfVolume : IDisposable
{
    private readonly ImageData _data;

    private ImageContentOfVolume(ImageData data, DiskImage disk) => (_data, Disk) = (data, disk);

    public Image Image => _data.Image;

    public DiskImage Disk { get; }

    /// <param name="sizeGiB">What the disk must fit into.</param>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.ImageConflict"/>, <see cref="ErrorIds.VolumeSizeInvalid"/>, <see cref="ErrorIds.ImageFeatureNotSupported"/>, and what
    /// <see cref="IImageService.Open"/> and the format throw.
    /// </exception>
    public static ImageContentOfVolume Open(IImageService images, ImageId id, int sizeGiB)
    {
        ImageData data = images.Open(id);
        try
        {
            ImageOpenOptions options = new() { Format = FormatOf(data.Image), Gate = OpenGate.Deny };
            DiskImage disk = ImageFormats.Open(new PartOfDevice(data.Device, 0, data.Device.Length, ""), options);
            try
            {
                // What was recorded may be older than the data, or missing.
                VolumeRules.CheckSize(sizeGiB, VolumeRules.RoundUp(disk.VirtualSize), $"image {id} has so much");
                return new ImageContentOfVolume(data, disk);
            }
            catch
            {
                disk.Dispose();
                throw;
            }
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Disk.Dispose();
        _data.Dispose();
    }

    /// <summary>As it was recorded, never probed (CVE-2024-32498).</summary>
    public static DiskImageFormat FormatOf(Image image) => (image.ContainerFormat, image.DiskFormat) switch
    {
        (ImageContainerFormat.Bare, ImageDiskFormat.Raw or ImageDiskFormat.Iso) => DiskImageFormat.Raw,
        (ImageContainerFormat.Bare, ImageDiskFormat.Qcow2) => DiskImageFormat.Qcow2,
        (ImageContainerFormat.Bare, ImageDiskFormat.Vhd) => DiskImageFormat.Vhd,
        (ImageContainerFormat.Bare, ImageDiskFormat.Vhdx) => DiskImageFormat.Vhdx,
        (ImageContainerFormat.Bare, ImageDiskFormat.Vmdk) => DiskImageFormat.Vmdk,
        (ImageContainerFormat.Bare, ImageDiskFormat.Vdi) => DiskImageFormat.Vdi,
        (ImageContainerFormat.Ami, ImageDiskFormat.Ami) => DiskImageFormat.Raw,
        (var container, var disk) => throw new ServiceException(ErrorIds.ImageFeatureNotSupported, $"An image of formats {container}, {disk} can't become a volume.")
        {
            Target = image.Id.ToString(),
            Remedy = "Convert it with Convert-DiskImage, and upload the result as an image in a bare container.",
        },
    };
}
