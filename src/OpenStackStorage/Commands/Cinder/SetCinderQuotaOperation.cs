using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The quota to set.</summary>
/// <param name="Limit">-1 for none; null to take the setting back.</param>
public sealed record SetCinderQuotaRequest(OpenStackStorageConnection Connection, string Resource, long? Limit)
{
    /// <summary>Null for the connection's own.</summary>
    public string? Project { get; init; }

    /// <summary>For all projects that have none of their own.</summary>
    public bool Default { get; init; }

    /// <summary>Outputs the quota as it is then.</summary>
    public bool PassThru { get; init; }
}

/// <summary>Sets a quota, or takes its setting back.</summary>
public static class SetCinderQuotaOperation
{
    // So many GiB nobody means: it is a size, in bytes.
    private const long GiB = 1L << 30;

    public static void Run(SetCinderQuotaRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request is { Default: true, Project: not null })
            throw new ServiceException(ErrorIds.ParameterInvalid, "-Default and -Project exclude each other: a quota is for all projects, or for one.") { Found = "both", Expected = "one of both" };
        IBackendService backends = request.Connection.Backends;
        string project = request.Project ?? request.Connection.Project;
        bool isGiB = request.Resource.StartsWith("gigabytes", StringComparison.Ordinal) || request.Resource.StartsWith("per_volume_gigabytes", StringComparison.Ordinal);
        long? limit = isGiB ? ToGiB(request.Limit) : request.Limit;
        string action = limit switch
        {
            null => "Take the setting back",
            < 0 => "Set to no limit",
            _ => FormattableString.Invariant($"Set to {limit}{(isGiB ? " GiB" : "")}"),
        };
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IBackendService, string>(
                backends, backends.DryRun(), $"{request.Resource} of {(request.Default ? "all projects that have none of their own" : $"project '{project}'")}", action, Change)
            {
                Output = request.PassThru ? Show : null,
            },
            host);

        string Change(IBackendService service)
        {
            service.SetQuota(request.Resource, request.Default ? null : project, limit);
            return request.Resource;
        }

        static long? ToGiB(long? given) => given >= GiB ? Sizes.ToGiB((ulong)given, "Limit") : given;

        object Show(string resource) => new CinderQuota(backends.GetUsage(project).First(usage => usage.Resource == resource));
    }
}
