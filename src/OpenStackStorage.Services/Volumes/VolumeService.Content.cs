using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

// cinder/volume/api.py, reimage; cinder/volume/manager.py.
public sealed partial class VolumeService
{
    /// <inheritdoc cref="IVolumeService.Reimage"/>
    /// <remarks>What is behind the image's end becomes zeroes. A volume that was in error is available afterwards; in Cinder it stays in error.</remarks>
    public Volume Reimage(VolumeId id, ImageId image, bool reimageReserved, WorkProgress progress, CancellationToken token)
    {
        Image found = _parts.Images(Identity).Get(image);
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Reimage(id, image, reimageReserved, progress, token);
        return _operations.Run(Begin, Rewrite,
            (writer, work, _) => End(writer, VolumeAction.Reimage, work, volume => volume with { SourceImage = image, ImageMetadata = ImageVolumeMetadata.Of(found) }),
            (writer, work, error) => Fail(writer, VolumeAction.Reimage, work, error), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require(volume.Status == VolumeStatus.Reserved ? "volume:reimage_reserved" : "volume:reimage", volume);
            VolumePlan.CheckImage(found, volume.SizeGiB);
            return new VolumeWork(VolumeOperations.Reimage, Put(writer, Enter(writer, reimageReserved ? VolumeAction.ReimageReserved : VolumeAction.Reimage, volume)));
        }

        bool Rewrite(VolumeWork work)
        {
            using ImageContentOfVolume content = ImageContentOfVolume.Open(_parts.Images(Identity), image, work.Volume.SizeGiB);
            using ImageEditor editor = new(DriverOf(work.Volume).OpenWritable(work.Volume));
            ImageOverwrite.Overwrite(content.Disk, editor, Environment.ProcessorCount, progress, token);
            return true;
        }
    }

    // No such action in Cinder, for whom drivers flatten of themselves: rbd_flatten_volume_from_snapshot.
    public Volume Flatten(VolumeId id, WorkProgress progress, CancellationToken token)
    {
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Flatten(id, progress, token);
        return _operations.Run(Begin, work => DriverOf(work.Volume).Flatten(work.Volume, progress, token),
            (writer, work, state) => End(writer, VolumeAction.Flatten, work, volume => volume with { DriverState = state }),
            (writer, work, error) => Fail(writer, VolumeAction.Flatten, work, error), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume:retype", volume);
            return new VolumeWork(VolumeOperations.Flatten, Put(writer, Enter(writer, VolumeAction.Flatten, volume)));
        }
    }
}
