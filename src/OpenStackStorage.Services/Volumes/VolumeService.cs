namespace OpenStackStorage.Services;

/// <summary>Volumes in a catalogue and backends of one's own, by Cinder's rules, as one identity may use them.</summary>
public sealed partial class VolumeService : IVolumeService
{
    private readonly VolumeServiceParts _parts;
    private readonly ICatalog _catalog;
    private readonly VolumeAccess _access;
    private readonly VolumeOperations _operations;
    private readonly bool _isDry;

    public VolumeService(VolumeServiceParts parts, Identity identity)
        : this(parts, identity, isDry: false)
    {
    }

    private VolumeService(VolumeServiceParts parts, Identity identity, bool isDry)
    {
        _parts = parts;
        _catalog = isDry ? new DryCatalog(parts.Catalog) : parts.Catalog;
        _access = new VolumeAccess(parts.Policy, identity);
        _operations = new VolumeOperations(parts);
        _isDry = isDry;
        Identity = identity;
    }

    public Identity Identity { get; }

    /// <inheritdoc cref="IVolumeService.DryRun"/>
    public VolumeService DryRun() => new(_parts, Identity, isDry: true);

    IVolumeService IVolumeService.DryRun() => DryRun();

    public Volume Get(VolumeId id) => _catalog.Read(reader => _access.Find(reader, id));

    public IReadOnlyList<Volume> List(VolumeQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        _access.Require("volume:get_all");
        return _catalog.Read(reader => List(reader, VolumeTables.Volumes, query)
            .Where(volume => volume.Cached is null && VolumeFilter.Matches(volume, query))
            .ToArray());
    }

    public Volume Update(VolumeId id, VolumeChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        VolumeRules.CheckText("The name", change.Name);
        VolumeRules.CheckText("The description", change.Description);
        VolumeRules.CheckMetadata(change.SetMetadata);
        return _catalog.Write(writer =>
        {
            Volume volume = _access.Find(writer, id);
            if (change.Name is not null || change.Description is not null || change.Bootable is not null)
                RequireState("volume:update", VolumeAction.Update);
            if (change.SetMetadata.Count > 0)
                RequireState("volume:update_volume_metadata", VolumeAction.SetMetadata);
            if (change.RemoveMetadata.Count > 0)
                RequireState("volume:delete_volume_metadata", VolumeAction.SetMetadata);
            if (change.ReadOnly is not null)
                RequireState("volume:update_readonly_flag", VolumeAction.SetReadOnly);
            return Put(writer, volume with
            {
                Name = change.Name ?? volume.Name,
                Description = change.Description ?? volume.Description,
                Metadata = Apply(volume.Metadata, change, id.ToString(), ErrorIds.VolumeConflict),
                Bootable = change.Bootable ?? volume.Bootable,
                ReadOnly = change.ReadOnly ?? volume.ReadOnly,
            });

            void RequireState(string rule, VolumeAction action)
            {
                _access.Require(rule, volume);
                Enter(writer, action, volume);
            }
        });
    }

    public Volume ResetState(VolumeId id, VolumeStatus? status, AttachStatus? attachStatus, bool resetMigration) => _catalog.Write(writer =>
    {
        Volume volume = _access.Find(writer, id);
        _access.Require("volume_extension:volume_admin_actions:reset_status", volume);
        IReadOnlyList<VolumeAttachment> attachments = AttachmentsOf(writer, id);
        // admin_actions.py, _reset_status: these would look as if something were being done.
        if (status is VolumeStatus.Deleting or VolumeStatus.ErrorDeleting or VolumeStatus.Detaching)
            throw VolumeRules.Invalid("The status", VolumeWords.Of(status.Value), "a status that no operation takes");
        if (status == VolumeStatus.InUse && attachments.Count == 0)
            throw VolumeStates.Refusal(volume, VolumeAction.Attach, "it has no attachments, so it can't be set to in-use", "an attachment first");
        foreach (VolumeAttachment attachment in attachments)
        {
            if (attachStatus == AttachStatus.Detached)
                writer.Remove(VolumeTables.Attachments, attachment.Id.ToString());
            else if (attachStatus is { } next)
                writer.Put(VolumeTables.Attachments, attachment with { Status = next });
        }

        // As Cinder drops the entry in "workers": what died there is no longer taken up again. What lives is left to its end.
        if (status is not null && VolumeOperations.FindOn(writer, id) is { } operation && !_parts.Locks.IsHeld(operation.Id))
            VolumeOperations.Remove(writer, operation);
        return Put(writer, volume with
        {
            Status = status ?? volume.Status,
            PreviousStatus = status is null ? volume.PreviousStatus : null,
            MigrationStatus = resetMigration ? MigrationStatus.None : volume.MigrationStatus,
        });
    });

    // Rows of the projects that a query is about: its own, or for admins another or all.
    private IEnumerable<T> List<T>(ICatalogReader reader, CatalogTable<T> table, VolumeQuery query)
        where T : class
    {
        if (query.AllProjects && _access.IsAdmin)
            return reader.List(table);
        string project = query.Project ?? _access.Project;
        return _access.Sees(project) ? reader.List(table, ("project", project)) : [];
    }

    private static Dictionary<string, string> Apply(IReadOnlyDictionary<string, string> metadata, VolumeChange change, string target, ErrorId missing)
    {
        Dictionary<string, string> next = new(metadata);
        foreach (string key in change.RemoveMetadata)
        {
            if (!next.Remove(key))
                throw new ServiceException(missing, $"Metadata '{key}' does not exist.") { Target = target, Expected = key };
        }

        foreach ((string key, string value) in change.SetMetadata)
            next[key] = value;
        return next;
    }

    /// <summary>Asks the table of states. Does not put the volume.</summary>
    private static Volume Enter(ICatalogReader reader, VolumeAction action, Volume volume) =>
        VolumeStates.Begin(action, volume, SnapshotsOf(reader, volume.Id), AttachmentsOf(reader, volume.Id));

    private Volume Put(ICatalogWriter writer, Volume volume)
    {
        Volume next = volume with { UpdatedAt = _parts.Clock.Now() };
        writer.Put(VolumeTables.Volumes, next);
        return next;
    }

    private VolumeSnapshot Put(ICatalogWriter writer, VolumeSnapshot snapshot)
    {
        VolumeSnapshot next = snapshot with { UpdatedAt = _parts.Clock.Now() };
        writer.Put(VolumeTables.Snapshots, next);
        return next;
    }

    internal static IReadOnlyList<VolumeSnapshot> SnapshotsOf(ICatalogReader reader, VolumeId volume) => reader.List(VolumeTables.Snapshots, ("volume", volume.ToString()));

    internal static IReadOnlyList<VolumeAttachment> AttachmentsOf(ICatalogReader reader, VolumeId volume) => reader.List(VolumeTables.Attachments, ("volume", volume.ToString()));

    /// <summary>A volume as it is now: its name may have been changed while an operation ran. An operation's volume stays as long as it runs.</summary>
    private static Volume Now(ICatalogReader reader, VolumeId id) => reader.Find(VolumeTables.Volumes, id.ToString())
        ?? throw new ServiceException(ErrorIds.VolumeNotFound, $"Volume {id} is gone from the catalogue while it was worked on.") { Target = id.ToString() };

    private IVolumeDriver DriverOf(Volume volume) => _catalog.Read(reader => _parts.DriverOf(reader, volume.Host!));
}
