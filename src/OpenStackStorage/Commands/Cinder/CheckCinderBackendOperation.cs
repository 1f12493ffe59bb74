using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The backend to look at.</summary>
/// <param name="Deep">Read all data too.</param>
public sealed record CheckCinderBackendRequest(CinderBackend Backend, bool Deep);

/// <summary>Looks for faults of a backend and of what lies on it. Changes nothing.</summary>
public static class CheckCinderBackendOperation
{
    /// <summary>Outputs what was found.</summary>
    public static void Find(CheckCinderBackendRequest request, ICmdletHost host) => Run(request, host, (work, findings) =>
    {
        foreach (DriverFinding finding in findings)
            work.WriteObject(new CinderBackendCheck(request.Backend.Name, finding));
    });

    /// <summary>Outputs true where nothing was found.</summary>
    public static void Test(CheckCinderBackendRequest request, ICmdletHost host) => Run(request, host, (work, findings) =>
    {
        foreach (DriverFinding finding in findings)
            work.WriteVerbose($"{finding.Code}: {finding.Message}");
        work.WriteObject(findings.Count == 0);
    });

    private static void Run(CheckCinderBackendRequest request, ICmdletHost host, Action<IWork, IReadOnlyList<DriverFinding>> output)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(host);
        CinderBackend backend = request.Backend;
        host.Execute(new WorkActivity("Checking", backend.Name), work =>
            output(work, backend.Connection.Backends.Check(backend.Name, request.Deep, work.Progress, work.Token)));
    }
}
