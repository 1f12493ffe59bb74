namespace OpenStackStorage.Services;

// Members that are not there yet.
public sealed partial class VolumeService
{
    public VolumeDependency GetDependency(VolumeId id) => throw new NotSupportedException();
}
