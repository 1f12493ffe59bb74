using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which quotas to set, and to what.</summary>
/// <param name="Limit">-1 for none; null takes the setting back.</param>
public sealed record SetGlanceQuotaRequest(OpenStackStorageConnection Connection, IReadOnlyList<ImageQuota> Quotas, long? Limit)
{
    /// <summary>Null for the connection's own.</summary>
    public string? Project { get; init; }

    /// <summary>For all projects that have no quota of their own, in place of one project.</summary>
    public bool IsDefault { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Sets quotas, or takes settings back.</summary>
public static class SetGlanceQuotaOperation
{
    public static void Run(SetGlanceQuotaRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsDefault && request.Project is not null)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"-Default is for all projects, and -Project names '{request.Project}'.")
            {
                Target = request.Project,
                Remedy = "Leave one of them out.",
            };
        }

        ImageService images = request.Connection.Images;
        string? project = request.IsDefault ? null : request.Project ?? request.Connection.Project;
        foreach (ImageQuota quota in request.Quotas)
        {
            images.DryRun().SetQuota(quota, project, request.Limit);
            string target = $"{ImageQuotas.NameOf(quota)} of {(project is null ? "all projects that have none of their own" : $"project '{project}'")}";
            if (!host.ShouldProcess(target, ActionOf(quota, request.Limit)))
                continue;
            images.SetQuota(quota, project, request.Limit);
            if (request.PassThru)
                GetGlanceQuotaOperation.Run(new GetGlanceQuotaRequest(request.Connection, project) { Quotas = [quota] }, host);
        }
    }

    private static string ActionOf(ImageQuota quota, long? limit) => limit switch
    {
        null => "Take the setting back",
        ImageQuotas.Unlimited => "Set to no limit",
        _ when ImageQuotas.IsBytes(quota) => $"Set to {ByteSize.Format(limit.Value)}",
        _ => FormattableString.Invariant($"Set to {limit}"),
    };
}
