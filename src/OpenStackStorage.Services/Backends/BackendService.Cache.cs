namespace OpenStackStorage.Services;

// docs/design/volumes.md, "The image cache". Cinder has no rules for it.
public sealed partial class BackendService
{
    public IReadOnlyList<Volume> ListCache(string? backend)
    {
        _access.Require(LookRule);
        if (backend is not null)
            _ = Find(backend);
        return _cache.List(backend);
    }

    public int PlanPrefetch(ImageId image, string backend)
    {
        _access.Require(ChangeRule);
        return _cache.PlanPrefetch(image, Find(backend).Name);
    }

    public Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token)
    {
        _access.Require(ChangeRule);
        return _cache.Prefetch(image, Find(backend).Name, progress, token);
    }

    public void RemoveCache(VolumeId entry)
    {
        _access.Require(ChangeRule);
        if (_isDry)
            _cache.PlanRemoval(entry);
        else
            _cache.Remove(entry);
    }
}
