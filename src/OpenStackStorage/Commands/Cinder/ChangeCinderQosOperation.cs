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

/// <summary>Changes or removes QoS specs.</summary>
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

    /// <summary>"consumer back-end, total_iops_sec = 500, no read_iops_sec".</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a change of nothing.</exception>
    public static string Describe(QosConsumer? consumer, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> remove)
    {
        List<string> parts = [.. set.Select(spec => $"{spec.Key} = {spec.Value}"), .. remove.Select(name => $"no {name}")];
        if (consumer is { } who)
            parts.Insert(0, $"consumer {CinderQos.Word(who)}");
        return parts.Count > 0
            ? string.Join(", ", parts)
            : throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to change.") { Remedy = "Give at least one of -Spec, -RemoveSpec and -Consumer." };
    }
}
