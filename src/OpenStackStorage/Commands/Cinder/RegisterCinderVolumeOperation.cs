using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The data to take over, and the volume that it becomes.</summary>
/// <param name="Connection">Null where there is no store, and so no backend.</param>
public sealed record RegisterCinderVolumeRequest(OpenStackStorageConnection? Connection, string Backend, string Reference, VolumeSpec Spec);

/// <summary>Takes over data that is on a backend already, and outputs the volume.</summary>
public static class RegisterCinderVolumeOperation
{
    public static void Run(RegisterCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        OpenStackStorageConnection connection = request.Connection ?? throw NoStore(request.Backend);
        IVolumeService volumes = connection.Volumes;
        Volume planned = volumes.DryRun().Register(request.Backend, request.Reference, request.Spec);
        if (!host.ShouldProcess(request.Reference, $"Take over its {planned.SizeGiB} GiB on {request.Backend} as {(request.Spec.Name is { } name ? $"the volume '{name}'" : "a volume")}"))
            return;
        host.Execute(new WorkActivity("Taking over", request.Reference), work =>
            work.WriteObject(new CinderVolume(volumes.Register(request.Backend, request.Reference, request.Spec), connection)));
    }

    internal static ServiceException NoStore(string backend) => new(ErrorIds.BackendNotFound, $"There is no backend '{backend}': there is no store.") { Target = backend };
}
