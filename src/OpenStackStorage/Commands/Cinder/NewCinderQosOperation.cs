using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The QoS specs to make.</summary>
/// <param name="Store">The store that is there; null where the default folder is none yet.</param>
/// <param name="Connect">Opens the store to make them in, and makes that where there is none.</param>
/// <param name="Specs">Limits and their values.</param>
public sealed record NewCinderQosRequest(
    OpenStackStorageConnection? Store, Func<OpenStackStorageConnection> Connect, string Name, QosConsumer Consumer, IReadOnlyDictionary<string, string> Specs);

/// <summary>Makes QoS specs, and outputs them.</summary>
public static class NewCinderQosOperation
{
    public static void Run(NewCinderQosRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Store?.VolumeTypes.DryRun().CreateQos(request.Name, request.Consumer, request.Specs);
        if (!host.ShouldProcess(request.Name, $"Create QoS specs: {ChangeCinderQosOperation.Describe(request.Consumer, request.Specs, [])}"))
            return;
        OpenStackStorageConnection connection = request.Connect();
        host.WriteObject(new CinderQos(connection.VolumeTypes.CreateQos(request.Name, request.Consumer, request.Specs), connection));
    }
}
