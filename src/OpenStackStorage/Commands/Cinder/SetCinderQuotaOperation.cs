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
    public static void Run(SetCinderQuotaRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request is { Default: true, Project: not null })
            throw new ServiceException(ErrorIds.ParameterInvalid, "-Default and -Project exclude each other: a quota is for all projects, or for one.") { Found = "both", Expected = "one of both" };
        IBackendService backends = request.Connection.Backends;
        string project = request.Project ?? request.Connection.Project;
        string action = request.Limit switch
        {
            null => "Take the setting back",
            < 0 => "Set to unlimited",
            _ => $"Set to {request.Limit}",
        };
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IBackendService, string>(
                backends, backends.DryRun(), $"{request.Resource} of {(request.Default ? "all projects" : $"project '{project}'")}", action, Change)
            {
                Output = request.PassThru ? Show : null,
            },
            host);

        string Change(IBackendService service)
        {
            service.SetQuota(request.Resource, request.Default ? null : project, request.Limit);
            return request.Resource;
        }

        object Show(string resource) => new CinderQuota(backends.GetUsage(project).First(usage => usage.Resource == resource));
    }
}
