using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Whose quotas to show.</summary>
/// <param name="Project">Null for the connection's own.</param>
public sealed record GetGlanceQuotaRequest(OpenStackStorageConnection Connection, string? Project = null)
{
    /// <summary>Empty for all.</summary>
    public IReadOnlyList<ImageQuota> Quotas { get; init; } = [];
}

/// <summary>Shows a project's quotas, and what it uses of them.</summary>
public static class GetGlanceQuotaOperation
{
    public static void Run(GetGlanceQuotaRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ImageService images = request.Connection.Images;
        string project = request.Project ?? request.Connection.Project;
        ImageQuotas limits = images.GetQuotas(project);
        ImageUsage usage = images.GetUsage(project);
        foreach (ImageQuota quota in request.Quotas.Count > 0 ? request.Quotas : Enum.GetValues<ImageQuota>())
            host.WriteObject(ToModel(quota, limits, usage));
    }

    private static GlanceQuota ToModel(ImageQuota quota, ImageQuotas limits, ImageUsage usage) => new()
    {
        Project = limits.Project,
        Quota = quota.ToString(),
        Name = ImageQuotas.NameOf(quota),
        Unit = ImageQuotas.IsBytes(quota) ? "Bytes" : "Count",
        Limit = limits[quota],
        Used = quota switch
        {
            ImageQuota.SizeTotal => usage.Size,
            ImageQuota.CountTotal => usage.Count,
            ImageQuota.CountUploading => usage.Uploading,
            _ => null,
        },
        Reserved = quota switch
        {
            ImageQuota.SizeTotal => usage.Reserved,
            ImageQuota.CountTotal or ImageQuota.CountUploading => 0,
            _ => null,
        },
    };
}
