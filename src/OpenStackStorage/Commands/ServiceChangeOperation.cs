using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>A change that is done at once.</summary>
/// <param name="Service">Makes the change.</param>
/// <param name="DryRun">Decides as the other does, and changes nothing.</param>
/// <param name="Target">What changes: "volume type 'fast'".</param>
/// <param name="Action">What is about to happen: "Set extra spec 'tier' to 'ssd'".</param>
public sealed record ServiceChangeRequest<TService, TResult>(TService Service, TService DryRun, string Target, string Action, Func<TService, TResult> Change)
{
    /// <summary>The object to output for what the change gave; null for none.</summary>
    public Func<TResult, object>? Output { get; init; }
}

/// <summary>Lets a service change something. What would be refused is refused before anybody is asked.</summary>
public static class ServiceChangeOperation
{
    public static void Run<TService, TResult>(ServiceChangeRequest<TService, TResult> request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(host);
        request.Change(request.DryRun);
        if (!host.ShouldProcess(request.Target, request.Action))
            return;
        TResult result = request.Change(request.Service);
        if (request.Output is { } output)
            host.WriteObject(output(result));
    }
}
