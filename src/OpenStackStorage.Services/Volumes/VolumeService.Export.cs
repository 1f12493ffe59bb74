using System.Globalization;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

// cinder/volume/api.py and cinder/volume/manager.py, copy_volume_to_image.
public sealed partial class VolumeService
{
    // cinder/common/config.py, glance_core_properties: an image has these of its own.
    private static readonly string[] OfTheImage = ["checksum", "container_format", "disk_format", "image_name", "image_id", "min_disk", "min_ram", "name", "size"];

    // cinder/image/image_utils.py, GLANCE_RESERVED_NAMESPACES.
    private static readonly string[] Reserved = ["os_glance", "img_signature", "signature_verified"];

    /// <inheritdoc cref="IVolumeService.Export"/>
    /// <remarks>The volume's disk is converted straight into the image's store. Where that fails the image goes, as in Cinder.</remarks>
    public Image Export(VolumeId id, VolumeExport export, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(export);
        DiskImageFormat format = FormatOf(export.DiskFormat);
        ImageSpec spec = null!;
        if (_isDry)
        {
            VolumeOperations.Preview(_catalog, Begin);
            return _parts.Images(Identity).DryRun().Create(spec);
        }

        DryRun().Export(id, export, progress, token);
        return _operations.Run(Begin, work => Upload(work.Volume, spec, format, progress, token), (writer, work, image) =>
        {
            End(writer, VolumeAction.Upload, work, volume => volume);
            return image;
        }, (writer, work, error) => Fail(writer, VolumeAction.Upload, work, error), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume_extension:volume_actions:upload_image", volume);
            if (export.Visibility == ImageVisibility.Public)
                _access.Require("volume_extension:volume_actions:upload_public", volume);
            spec = ImageOf(volume, export);
            return new VolumeWork(VolumeOperations.Upload, Put(writer, Enter(writer, export.Force ? VolumeAction.UploadInUse : VolumeAction.Upload, volume)));
        }
    }

    private Image Upload(Volume volume, ImageSpec spec, DiskImageFormat format, WorkProgress progress, CancellationToken token)
    {
        IImageService images = _parts.Images(Identity);
        using DiskImage disk = DriverOf(volume).Open(volume, snapshot: null);
        ImageId image = images.Create(spec with { Protected = false }).Id;
        try
        {
            Image uploaded = images.Upload(image, new ImageContent.FromDisk(disk), new ImageUploadOptions { ConvertTo = format }, progress, token);
            return spec.Protected ? images.Update(image, new ImageChange { Protected = true }) : uploaded;
        }
        catch
        {
            TryDelete(images, image);
            throw;
        }
    }

    private static void TryDelete(IImageService images, ImageId image)
    {
        try
        {
            images.Delete(image, delay: false);
        }
        catch (StorageException)
        {
            // It stays queued, and says why.
        }
    }

    private static ImageSpec ImageOf(Volume volume, VolumeExport export) => new()
    {
        Name = export.Name,
        DiskFormat = export.DiskFormat,
        ContainerFormat = ImageContainerFormat.Bare,
        Visibility = export.Visibility,
        Protected = export.Protected,
        MinDisk = volume.SizeGiB,
        MinRam = int.TryParse(volume.ImageMetadata.GetValueOrDefault("min_ram"), NumberStyles.None, CultureInfo.InvariantCulture, out int ram) ? ram : 0,
        Properties = volume.ImageMetadata
            .Where(pair => !OfTheImage.Contains(pair.Key) && !Reserved.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(pair => pair.Key, pair => pair.Value),
    };

    private static DiskImageFormat FormatOf(ImageDiskFormat format) => format switch
    {
        ImageDiskFormat.Raw => DiskImageFormat.Raw,
        ImageDiskFormat.Qcow2 => DiskImageFormat.Qcow2,
        ImageDiskFormat.Vhd => DiskImageFormat.Vhd,
        ImageDiskFormat.Vhdx => DiskImageFormat.Vhdx,
        ImageDiskFormat.Vmdk => DiskImageFormat.Vmdk,
        ImageDiskFormat.Vdi => DiskImageFormat.Vdi,
        _ => throw VolumeRules.Invalid("The disk format", ImageWords.Of(format), "raw, qcow2, vhd, vhdx, vmdk or vdi"),
    };
}
