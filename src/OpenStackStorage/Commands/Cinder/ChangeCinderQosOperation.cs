using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>One change of QoS specs.</summary>
/// <param name="Change">Makes the change, and returns the specs as they are then.</param>
public sealed record ChangeCinderQosRequest(OpenStackStorageConnection Connection, string Name, string Action, Func<IVolumeTypeService, QosSpecs> Change)
{
    /// <summary>Outputs the specs as they are then.</summary>
    public bool PassThru { get; init; }
}

/// <summary>Makes, changes or removes QoS specs.</summary>
public static class ChangeCinderQosOperation
{
    public static void Run(ChangeCinderQosRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        IVolumeTypeService types = request.Connection.VolumeTypes;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeTypeService, QosSpecs>(types, types.DryRun(), request.Name, request.Action, request.Change)
            {
                Output = request.PassThru ? qos => new CinderQos(qos, request.Connection) : null,
            },
            host);
    }

    /// <summary>"Change QoS specs: consumer both, set total_iops_sec to 500, remove read_iops_sec".</summary>
    public static string Describe(string action, QosConsumer? consumer, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> remove)
    {
        List<string> parts = [.. set.Select(spec => $"set {spec.Key} to {spec.Value}"), .. remove.Select(name => $"remove {name}")];
        if (consumer is { } who)
            parts.Insert(0, $"consumer {who}");
        return parts.Count == 0 ? action : $"{action}: {string.Join(", ", parts)}";
    }
}
