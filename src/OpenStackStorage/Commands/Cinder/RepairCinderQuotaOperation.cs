using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The project whose use to put in order.</summary>
public sealed record RepairCinderQuotaRequest(OpenStackStorageConnection Connection, string Project);

/// <summary>Drops what operations that are gone still hold of a project's quotas. Outputs the quotas that changed.</summary>
public static class RepairCinderQuotaOperation
{
    public static void Run(RepairCinderQuotaRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(host);
        IBackendService backends = request.Connection.Backends;
        _ = backends.DryRun().RepairUsage(request.Project);
        if (!host.ShouldProcess($"project '{request.Project}'", "Count again what it uses, and drop reservations whose operation is gone"))
            return;
        IReadOnlyList<VolumeUsage> changed = backends.RepairUsage(request.Project);
        if (changed.Count == 0)
            host.WriteVerbose($"The quotas of project '{request.Project}' are in order.");
        foreach (VolumeUsage usage in changed)
            host.WriteObject(new CinderQuota(usage));
    }
}
