using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The type to make.</summary>
/// <param name="Store">The store that is there; null where the default folder is none yet.</param>
/// <param name="Connect">Opens the store to make it in, and makes that where there is none.</param>
public sealed record NewCinderVolumeTypeRequest(OpenStackStorageConnection? Store, Func<OpenStackStorageConnection> Connect, VolumeTypeSpec Spec)
{
    /// <summary>Its QoS specs; null for none.</summary>
    public NameOr<CinderQos>? Qos { get; init; }
}

/// <summary>Makes a volume type, and outputs it.</summary>
public static class NewCinderVolumeTypeOperation
{
    public static void Run(NewCinderVolumeTypeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        VolumeTypeSpec spec = request.Spec with { Qos = CinderQosSpecs.Of(request.Qos, request.Store)?.QosId };
        request.Store?.VolumeTypes.DryRun().CreateType(spec);
        if (!host.ShouldProcess(spec.Name, Action(spec)))
            return;
        OpenStackStorageConnection connection = request.Connect();
        host.WriteObject(new CinderVolumeType(connection.VolumeTypes.CreateType(spec), connection));
    }

    private static string Action(VolumeTypeSpec spec)
    {
        string specs = string.Join(", ", spec.ExtraSpecs.Select(one => $"{one.Key}={one.Value}"));
        return $"Create a {(spec.IsPublic ? "public" : "private")} volume type{(specs.Length > 0 ? $" with {specs}" : "")}";
    }
}
