namespace OpenStackStorage.Services;

/// <summary>
/// Volume types and QoS specs in a catalogue, by Cinder's rules, as one identity may use them. Volumes and snapshots have a type's
/// name, not its id: a new name goes into their rows in the same transaction.
/// </summary>
public sealed partial class VolumeTypeService : IVolumeTypeService
{
    private readonly ICatalog _catalog;
    private readonly VolumeAccess _access;
    private readonly TimeProvider _clock;

    /// <param name="policy">Cinder's.</param>
    public VolumeTypeService(ICatalog catalog, PolicyRules policy, Identity identity, TimeProvider? clock = null)
        : this(catalog, new VolumeAccess(policy, identity), clock ?? TimeProvider.System)
    {
    }

    private VolumeTypeService(ICatalog catalog, VolumeAccess access, TimeProvider clock)
    {
        _catalog = catalog;
        _access = access;
        _clock = clock;
    }

    /// <inheritdoc/>
    public IVolumeTypeService DryRun() => new VolumeTypeService(new DryCatalog(_catalog), _access, _clock);

    public VolumeType CreateType(VolumeTypeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        VolumeTypeRules.CheckName(spec.Name);
        VolumeTypeRules.CheckDescription(spec.Description);
        VolumeTypeRules.CheckSpecs(spec.ExtraSpecs);
        VolumeTypeRules.CheckMeaning(spec.ExtraSpecs);
        _access.Require("volume_extension:type_create");
        if (spec.Projects.Count > 0)
            _access.Require("volume_extension:volume_type_access:addProjectAccess");
        if (spec.Qos is not null)
            _access.Require("volume_extension:qos_specs_manage:update");
        DateTimeOffset now = _clock.Now();
        return _catalog.Write(writer =>
        {
            RequireFreeName(writer, spec.Name);
            VolumeType type = new()
            {
                Id = Guid.NewGuid(),
                Name = spec.Name,
                Description = spec.Description,
                IsPublic = spec.IsPublic,
                Projects = [.. spec.Projects.Distinct(StringComparer.Ordinal)],
                ExtraSpecs = new Dictionary<string, string>(spec.ExtraSpecs),
                Qos = spec.Qos is { } qos ? FindQos(writer, qos).Id : null,
                CreatedAt = now,
                UpdatedAt = now,
            };
            RequirePrivate(type, spec.Projects);
            writer.Put(VolumeTables.Types, type);
            return Show(type);
        });
    }

    public VolumeType GetType(string nameOrId)
    {
        VolumeType type = _catalog.Read(reader => _access.FindType(reader, nameOrId));
        _access.Require("volume_extension:type_get");
        return Show(type);
    }

    public IReadOnlyList<VolumeType> ListTypes()
    {
        _access.Require("volume_extension:type_get_all");
        return [.. _catalog.Read(reader => reader.List(VolumeTables.Types)).Where(_access.Sees).Select(Show)];
    }

    public VolumeType UpdateType(Guid id, VolumeTypeChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.Name is not null)
            VolumeTypeRules.CheckName(change.Name);
        VolumeTypeRules.CheckDescription(change.Description);
        VolumeTypeRules.CheckAddedSpecs(change.SetExtraSpecs);
        return _catalog.Write(writer =>
        {
            VolumeType type = _access.FindType(writer, id.ToString("D"));
            RequireRules(type, change);
            if (change.SetExtraSpecs.Count > 0 || change.RemoveExtraSpecs.Count > 0)
                RequireUnused(writer, type, "its extra specs can't be changed", VolumeTables.Volumes);
            VolumeType next = type with
            {
                Name = change.Name ?? type.Name,
                Description = change.Description ?? type.Description,
                IsPublic = change.IsPublic ?? type.IsPublic,
                Projects = ProjectsAfter(type, change),
                ExtraSpecs = SpecsAfter(type, change),
                Qos = QosAfter(writer, type, change),
                UpdatedAt = _clock.Now(),
            };
            VolumeTypeRules.CheckMeaning(next.ExtraSpecs);
            RequirePrivate(next, [.. change.AddProjects, .. change.RemoveProjects]);
            foreach (string? project in DefaultVolumeType.ProjectsOf(writer, id))
                RequireUsableBy(next, project);
            if (next.Name != type.Name)
                Rename(writer, type.Name, next.Name);
            writer.Put(VolumeTables.Types, next);
            return Show(next);
        });
    }

    public void DeleteType(Guid id) => _catalog.Write(writer =>
    {
        VolumeType type = _access.FindType(writer, id.ToString("D"));
        _access.Require("volume_extension:type_delete");
        RequireUnused(writer, type, "it can't be removed", VolumeTables.Volumes);
        RequireUnused(writer, type, "it can't be removed", VolumeTables.Snapshots);
        RequireNoRetype(writer, type.Name);
        if (DefaultVolumeType.ProjectsOf(writer, id) is { Count: > 0 } projects)
            throw InUse(type.Name, $"Volume type '{type.Name}' can't be removed: it is the default type of {string.Join(", ", projects.Select(NameOf))}.");
        return writer.Remove(VolumeTables.Types, id.ToString("D"));
    });

    public VolumeType? GetDefaultType(string? project)
    {
        if (project is null || project == _access.Project)
            _access.Require("volume_extension:type_get");
        else
            _access.RequireOf("volume_extension:default_get", project);
        return _catalog.Read(reader => DefaultVolumeType.Find(reader, project)) is { } type ? Show(type) : null;
    }

    public void SetDefaultType(string? project, Guid? type)
    {
        _access.RequireOf(type is null ? "volume_extension:default_unset" : "volume_extension:default_set_or_update", project ?? _access.Project);
        if (project is "")
            throw VolumeRules.Invalid("The project", "''", "a project's name, or none for all projects");
        _catalog.Write(writer =>
        {
            if (type is { } id)
                RequireUsableBy(_access.FindType(writer, id.ToString("D")), project);
            DefaultVolumeType.Set(writer, project, type);
            return true;
        });
    }

    private void RequireRules(VolumeType type, VolumeTypeChange change)
    {
        if (change.Name is not null || change.Description is not null || change.IsPublic is not null)
            _access.Require("volume_extension:type_update");
        if (change.SetExtraSpecs.Keys.Any(key => !type.ExtraSpecs.ContainsKey(key)))
            _access.Require("volume_extension:types_extra_specs:create");
        if (change.SetExtraSpecs.Keys.Any(type.ExtraSpecs.ContainsKey))
            _access.Require("volume_extension:types_extra_specs:update");
        if (change.RemoveExtraSpecs.Count > 0)
            _access.Require("volume_extension:types_extra_specs:delete");
        if (change.AddProjects.Count > 0)
            _access.Require("volume_extension:volume_type_access:addProjectAccess");
        if (change.RemoveProjects.Count > 0)
            _access.Require("volume_extension:volume_type_access:removeProjectAccess");
        if (change.Qos is not null || change.RemoveQos)
            _access.Require("volume_extension:qos_specs_manage:update");
    }

    /// <summary>A type as this identity may see it: <c>cinder/api/v3/views/types.py</c>.</summary>
    private VolumeType Show(VolumeType type)
    {
        bool seesAll = _access.Allows("volume_extension:types_extra_specs:read_sensitive");
        return type with
        {
            ExtraSpecs = !_access.Allows("volume_extension:access_types_extra_specs") ? new Dictionary<string, string>()
                : type.ExtraSpecs.Where(spec => seesAll || VolumeTypeRules.VisibleSpecs.Contains(spec.Key)).ToDictionary(),
            Qos = _access.Allows("volume_extension:access_types_qos_specs_id") ? type.Qos : null,
            Projects = _access.Allows("volume_extension:volume_type_access:get_all_for_type") ? type.Projects : [],
        };
    }

    private static List<string> ProjectsAfter(VolumeType type, VolumeTypeChange change)
    {
        List<string> projects = [.. type.Projects];
        foreach (string project in change.RemoveProjects)
        {
            if (!projects.Remove(project))
                throw Conflict(type.Name, $"Project '{project}' has no access to volume type '{type.Name}' that could be taken.");
        }

        foreach (string project in change.AddProjects)
        {
            if (projects.Contains(project, StringComparer.Ordinal))
                throw Conflict(type.Name, $"Project '{project}' has access to volume type '{type.Name}' already.");
            projects.Add(project);
        }

        return projects;
    }

    private static Dictionary<string, string> SpecsAfter(VolumeType type, VolumeTypeChange change)
    {
        Dictionary<string, string> specs = new(type.ExtraSpecs);
        foreach (string key in change.RemoveExtraSpecs)
        {
            if (!specs.Remove(key))
                throw Conflict(type.Name, $"Volume type '{type.Name}' has no extra spec '{key}'.");
        }

        foreach ((string key, string value) in change.SetExtraSpecs)
            specs[key] = value;
        return specs;
    }

    // qos_specs.py, associate_qos_with_type.
    private static Guid? QosAfter(ICatalogReader catalog, VolumeType type, VolumeTypeChange change)
    {
        Guid? current = change.RemoveQos ? null : type.Qos;
        if (change.Qos is not { } qos)
            return current;
        if (current is { } other && other != qos)
            throw Conflict(type.Name, $"Volume type '{type.Name}' has QoS specs {other} already; take them away first.");
        return FindQos(catalog, qos).Id;
    }
}
