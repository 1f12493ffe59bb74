using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The type to change, and how.</summary>
public sealed record SetCinderVolumeTypeRequest(CinderVolumeType Type, VolumeTypeChange Change)
{
    /// <summary>The QoS specs to give it; null leaves them.</summary>
    public NameOr<CinderQos>? Qos { get; init; }

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
        if (request is { DefaultProject: not null, Default: null })
            throw new ServiceException(ErrorIds.ParameterInvalid, "-DefaultProject says whose default type changes, and -Default how.") { Found = "-DefaultProject alone", Expected = "-Default or -Default:$false with it" };
        CinderQos? qos = CinderQosSpecs.Of(request.Qos, connection);
        VolumeTypeChange change = request.Change with { Qos = qos?.QosId };
        IVolumeTypeService real = connection.VolumeTypes;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeTypeService, VolumeType>(
                real, real.DryRun(), request.Type.Name, Describe(change, request, qos), types => Make(types, change, request, types != real))
            {
                Output = request.PassThru ? type => new CinderVolumeType(type, connection) : null,
            },
            host);
    }

    private static VolumeType Make(IVolumeTypeService types, VolumeTypeChange change, SetCinderVolumeTypeRequest request, bool isDry)
    {
        Guid id = request.Type.VolumeTypeId;
        VolumeType changed = types.UpdateType(id, change);
        // A dry view forgets the access that this same change gives or takes.
        if (request.Default == true && isDry && (change.IsPublic is not null || change.AddProjects.Count > 0))
            RequireAccess(changed, request.DefaultProject);
        else if (request.Default == true)
            types.SetDefaultType(request.DefaultProject, id);
        if (request.Default == false && types.GetDefaultType(request.DefaultProject)?.Id == id)
            types.SetDefaultType(request.DefaultProject, null);
        return changed;
    }

    private static void RequireAccess(VolumeType type, string? project)
    {
        if (!type.IsPublic && (project is null || !type.Projects.Contains(project)))
            throw new ServiceException(ErrorIds.VolumeTypeConflict, $"Volume type '{type.Name}' would be private, so it can't be the default type of a project without access to it.") { Target = type.Name };
    }

    private static string Describe(VolumeTypeChange change, SetCinderVolumeTypeRequest request, CinderQos? qos)
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
        if (qos is not null)
            parts.Add($"give it the QoS specs '{qos.Name}'{(change.RemoveQos ? " in place of those that it has" : "")}");
        else if (change.RemoveQos)
            parts.Add("take its QoS specs");
        if (request.Default is { } isDefault)
            parts.Add($"{(isDefault ? "make it" : "no longer let it be")} the default type of {(request.DefaultProject is { } project ? $"project '{project}'" : "all projects")}");
        if (parts.Count == 0)
            throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to change.") { Remedy = "Give at least one of -NewName, -Description, -ExtraSpec and the others." };
        string text = string.Join(", ", parts);
        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}
