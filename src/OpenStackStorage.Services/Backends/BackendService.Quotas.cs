namespace OpenStackStorage.Services;

// cinder/api/contrib/quotas.py, quota_classes.py.
public sealed partial class BackendService
{
    public IReadOnlyList<VolumeUsage> GetUsage(string project)
    {
        _access.RequireOf("volume_extension:quotas:show", project);
        return _catalog.Read(reader => Usage(reader, project));
    }

    public void SetQuota(string resource, string? project, long? limit)
    {
        if (project is null)
            _access.Require("volume_extension:quota_classes:update");
        else
            _access.RequireOf(limit is null ? "volume_extension:quotas:delete" : "volume_extension:quotas:update", project);
        _catalog.Write(writer =>
        {
            VolumeQuotas.Set(writer, resource, project, limit);
            return true;
        });
    }

    public IReadOnlyList<VolumeUsage> RepairUsage(string project)
    {
        _access.RequireOf("volume_extension:quotas:update", project);
        return _catalog.Write(writer =>
        {
            IReadOnlyList<VolumeUsage> before = Usage(writer, project);
            VolumeRoom.Recount(writer, project, _parts.Clock.Now());
            return Usage(writer, project).Except(before).ToArray();
        });
    }

    private IReadOnlyList<VolumeUsage> Usage(ICatalogReader catalog, string project) => VolumeQuotas.Of(catalog, project, _parts.Clock.Now()).List();
}
