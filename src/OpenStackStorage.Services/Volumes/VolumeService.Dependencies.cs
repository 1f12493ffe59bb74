namespace OpenStackStorage.Services;

// No such thing in Cinder: blueprint add-remove-dep-api.
public sealed partial class VolumeService
{
    public VolumeDependency GetDependency(VolumeId id)
    {
        (IReadOnlyList<Volume> volumes, IReadOnlyList<VolumeSnapshot> snapshots) = _catalog.Read(reader =>
        {
            _access.Find(reader, id);
            return (reader.List(VolumeTables.Volumes).Where(volume => volume.Cached is not null || _access.Sees(volume.Project)).ToArray(),
                reader.List(VolumeTables.Snapshots).Where(snapshot => _access.Sees(snapshot.Project)).ToArray());
        });
        IImageService images = _parts.Images(Identity);
        return new DependencyTree(volumes, snapshots, volume => VolumeLayers.Of(DriverOf(volume), volume), NameOf).Of(id);

        string? NameOf(ImageId image)
        {
            try
            {
                return images.Get(image).Name;
            }
            catch (ServiceException)
            {
                return null; // gone, or not this identity's
            }
        }
    }
}
