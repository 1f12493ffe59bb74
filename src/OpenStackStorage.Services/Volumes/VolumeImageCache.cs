namespace OpenStackStorage.Services;

/// <summary>The cached images of a catalogue's backends: <c>cinder/image/cache.py</c>.</summary>
internal sealed class VolumeImageCache(VolumeServiceParts parts) : IImageCache
{
    public IReadOnlyList<Volume> List(string? backend) => parts.Catalog.Read(reader => reader.List(VolumeTables.Volumes, ("cached", 1))
        .Where(entry => backend is null || VolumeHost.Matches(entry.Host, backend))
        .ToArray());

    public Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public void Remove(VolumeId entry) => throw new NotSupportedException();
}
