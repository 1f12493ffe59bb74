namespace OpenStackStorage.Services;

/// <summary>
/// What one identity may see and do: Cinder's database filter (<c>cinder/db/api.py</c>, <c>project_only</c>) and its policy.
/// Another project's things are not found but by admins; what is seen and may not be used is refused.
/// </summary>
internal sealed class VolumeAccess
{
    private readonly PolicyRules _policy;
    private readonly Identity _identity;

    /// <param name="policy">Cinder's.</param>
    public VolumeAccess(PolicyRules policy, Identity identity)
    {
        _policy = policy;
        _identity = identity;
        IsAdmin = policy.IsAdmin(identity);
    }

    public string Project => _identity.Project;

    public string User => _identity.User;

    public bool IsAdmin { get; }

    /// <summary>A volume that the identity sees and <c>volume:get</c> allows. A cached image is nobody's: what clones share must never be changed.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeNotFound"/>, <see cref="ErrorIds.NotAuthorized"/>.</exception>
    public Volume Find(ICatalogReader catalog, VolumeId id)
    {
        if (catalog.Find(VolumeTables.Volumes, id.ToString()) is not { Cached: null } volume || !Sees(volume.Project))
            throw new ServiceException(ErrorIds.VolumeNotFound, $"Volume {id} could not be found.") { Target = id.ToString() };
        Require("volume:get", volume);
        return volume;
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotNotFound"/>, <see cref="ErrorIds.NotAuthorized"/>.</exception>
    public VolumeSnapshot Find(ICatalogReader catalog, SnapshotId id)
    {
        if (catalog.Find(VolumeTables.Snapshots, id.ToString()) is not { } snapshot || !Sees(snapshot.Project))
            throw new ServiceException(ErrorIds.SnapshotNotFound, $"Snapshot {id} could not be found.") { Target = id.ToString() };
        Require("volume:get_snapshot", snapshot);
        return snapshot;
    }

    /// <summary>No rule of Cinder is about looking at attachments.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.AttachmentNotFound"/>.</exception>
    public VolumeAttachment Find(ICatalogReader catalog, AttachmentId id) =>
        catalog.Find(VolumeTables.Attachments, id.ToString()) is { } attachment && Sees(attachment.Project)
            ? attachment
            : throw new ServiceException(ErrorIds.AttachmentNotFound, $"Volume attachment {id} could not be found.") { Target = id.ToString() };

    /// <summary>A type that the identity may use: public ones, private ones with its project among theirs; admins all.</summary>
    /// <param name="nameOrId">A UUID is an id first, as in Cinder.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeTypeNotFound"/>.</exception>
    public VolumeType FindType(ICatalogReader catalog, string nameOrId)
    {
        VolumeType? type = Guid.TryParseExact(nameOrId, "D", out Guid id) ? catalog.Find(VolumeTables.Types, id.ToString("D")) : null;
        type ??= catalog.List(VolumeTables.Types, ("name", nameOrId)).SingleOrDefault();
        return type is not null && Sees(type)
            ? type
            : throw new ServiceException(ErrorIds.VolumeTypeNotFound, $"Volume type '{nameOrId}' could not be found.") { Target = nameOrId };
    }

    /// <summary>Whether a project's volumes are shown at all.</summary>
    public bool Sees(string project) => IsAdmin || project == Project;

    public bool Sees(VolumeType type) => IsAdmin || type.IsPublic || type.Projects.Contains(Project, StringComparer.Ordinal);

    public bool Allows(string rule, Volume volume) => Decide(rule, VolumePolicyTarget.Of(volume));

    public bool Allows(string rule, VolumeSnapshot snapshot) => Decide(rule, VolumePolicyTarget.Of(snapshot));

    /// <summary>Asks a rule that is about no single thing: the target is the caller's project.</summary>
    public bool Allows(string rule) => Decide(rule, VolumePolicyTarget.Of(Project, User));

    /// <exception cref="ServiceException"><see cref="ErrorIds.NotAuthorized"/>, naming the checks that decided.</exception>
    public void Require(string rule, Volume volume) => Require(rule, VolumePolicyTarget.Of(volume), volume.Id.ToString());

    /// <inheritdoc cref="Require(string, Volume)"/>
    public void Require(string rule, VolumeSnapshot snapshot) => Require(rule, VolumePolicyTarget.Of(snapshot), snapshot.Id.ToString());

    /// <inheritdoc cref="Require(string, Volume)"/>
    public void Require(string rule, VolumeAttachment attachment) => Require(rule, VolumePolicyTarget.Of(attachment), attachment.Id.ToString());

    /// <summary>Requires a rule that is about no single thing: the target is the caller's project.</summary>
    public void Require(string rule) => RequireOf(rule, Project);

    /// <summary>Requires a rule that is about a project.</summary>
    public void RequireOf(string rule, string project) => Require(rule, VolumePolicyTarget.Of(project, User), project);

    private bool Decide(string rule, Func<string, string?> target) => _policy.Decide(rule, target, _identity).Allowed;

    private void Require(string rule, Func<string, string?> target, string subject) => _policy.Require(rule, target, _identity, subject);
}
