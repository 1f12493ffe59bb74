using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The type to make.</summary>
public sealed record NewCinderVolumeTypeRequest(OpenStackStorageConnection Connection, VolumeTypeSpec Spec)
{
    /// <summary>The name or id of its QoS specs; null for none.</summary>
    public string? Qos { get; init; }
}

/// <summary>Makes a volume type, and outputs it.</summary>
public static class NewCinderVolumeTypeOperation
{
    public static void Run(NewCinderVolumeTypeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        OpenStackStorageConnection connection = request.Connection;
        VolumeTypeSpec spec = request.Spec with { Qos = request.Qos is { } qos ? connection.VolumeTypes.GetQos(qos).Id : null };
        string specs = string.Join(", ", spec.ExtraSpecs.Select(one => $"{one.Key}={one.Value}"));
        string action = $"Create a {(spec.IsPublic ? "public" : "private")} volume type{(specs.Length > 0 ? $" with {specs}" : "")}";
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeTypeService, VolumeType>(connection.VolumeTypes, connection.VolumeTypes.DryRun(), spec.Name, action, types => types.CreateType(spec))
            {
                Output = type => new CinderVolumeType(type, connection),
            },
            host);
    }
}
