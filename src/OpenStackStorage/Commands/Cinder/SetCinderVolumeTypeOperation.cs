using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The type to change, and how.</summary>
public sealed record SetCinderVolumeTypeRequest(CinderVolumeType Type, VolumeTypeChange Change)
{
    /// <summary>The name or id of the QoS specs to give it; null leaves them.</summary>
    public string? Qos { get; init; }

    /// <summary>Whether volumes that name no type get this one; null leaves it.</summary>
    public bool? Default { get; init; }

    /// <summary>The project whose default it is; null for all that have none of their own.</summary>
    public string? DefaultProject { get; init; }

    /// <summary>Outputs the type as it is then.</summary>
    public bool PassThru { get; init; }
}

/// <summary>Changes a volume type.</summary>
public static class SetCinderVolumeTypeOperation
{
    public static void Run(SetCinderVolumeTypeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        OpenStackStorageConnection connection = request.Type.Connection;
        VolumeTypeChange change = request.Change with { Qos = request.Qos is { } qos ? connection.VolumeTypes.GetQos(qos).Id : null };
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeTypeService, VolumeType>(
                connection.VolumeTypes, connection.VolumeTypes.DryRun(), request.Type.Name, Describe(change, request), types => Make(types, change, request))
            {
                Output = request.PassThru ? type => new CinderVolumeType(type, connection) : null,
            },
            host);
    }

    private static VolumeType Make(IVolumeTypeService types, VolumeTypeChange change, SetCinderVolumeTypeRequest request)
    {
        Guid id = request.Type.VolumeTypeId;
        VolumeType changed = types.UpdateType(id, change);
        if (request.Default == true)
            types.SetDefaultType(request.DefaultProject, id);
        else if (request.Default == false && types.GetDefaultType(request.DefaultProject)?.Id == id)
            types.SetDefaultType(request.DefaultProject, null);
        return changed;
    }

    private static string Describe(VolumeTypeChange change, SetCinderVolumeTypeRequest request)
    {
        List<string> parts = [];
        if (change.Name is { } name)
            parts.Add($"rename to '{name}'");
        if (change.Description is not null)
            parts.Add("set the description");
        if (change.IsPublic is { } isPublic)
            parts.Add(isPublic ? "make it public" : "make it private");
        parts.AddRange(change.SetExtraSpecs.Select(spec => $"set extra spec {spec.Key} to '{spec.Value}'"));
        parts.AddRange(change.RemoveExtraSpecs.Select(spec => $"remove extra spec {spec}"));
        parts.AddRange(change.AddProjects.Select(project => $"give project '{project}' access"));
        parts.AddRange(change.RemoveProjects.Select(project => $"take access from project '{project}'"));
        if (change.RemoveQos || request.Qos is not null)
            parts.Add(change.RemoveQos ? "take its QoS specs" : $"give it the QoS specs '{request.Qos}'");
        if (request.Default is { } isDefault)
            parts.Add($"{(isDefault ? "make it" : "no longer let it be")} the default type of {(request.DefaultProject is { } project ? $"project '{project}'" : "all projects")}");
        string text = parts.Count == 0 ? "change nothing" : string.Join(", ", parts);
        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}
