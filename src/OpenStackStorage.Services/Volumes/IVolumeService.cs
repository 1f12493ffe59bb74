namespace OpenStackStorage.Services;

/// <summary>
/// Volumes, snapshots and attachments as one identity may use them: Cinder's rules (<c>cinder/volume/api.py</c>), whoever
/// carries them out. The embedded store is one implementation, a cloud another. Refusals are <see cref="ServiceException"/>s
/// with Cinder's reasons. What takes long ends before the call returns. Members may be called from several threads.
/// </summary>
public interface IVolumeService
{
    Identity Identity { get; }

    /// <summary>A view of the same volumes that decides as this one and changes nothing: what it refuses, would be refused.</summary>
    IVolumeService DryRun();

    /// <summary>
    /// Makes a volume: quota, type, zone and source are looked at, the scheduler chooses a pool, its driver makes it. After a
    /// failure on one pool the next is tried, three at most; then its status is <c>error</c> and it says why.
    /// </summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.NoValidBackend"/> with each pool's reasons, <see cref="ErrorIds.QuotaExceeded"/>,
    /// <see cref="ErrorIds.VolumeConflict"/>, <see cref="ErrorIds.VolumeSizeInvalid"/>, and those of sources that are not there.
    /// </exception>
    Volume Create(VolumeSpec spec, WorkProgress progress, CancellationToken token);

    /// <summary>Where <see cref="Create"/> would make a volume, and every pool's reasons. Asks no quota.</summary>
    SchedulerDecision Explain(VolumeSpec spec);

    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeNotFound"/>, also for what the identity may not see.</exception>
    Volume Get(VolumeId id);

    IReadOnlyList<Volume> List(VolumeQuery query);

    Volume Update(VolumeId id, VolumeChange change);

    void Delete(VolumeId id, VolumeDeletion how, WorkProgress progress, CancellationToken token);

    Volume Extend(VolumeId id, int sizeGiB);

    /// <summary>Sets a status by hand, for admins: what is really true is not looked at. Null leaves one.</summary>
    Volume ResetState(VolumeId id, VolumeStatus? status, AttachStatus? attachStatus, bool resetMigration);

    /// <summary>Makes the volume again what it was at its latest snapshot; an older one is refused.</summary>
    Volume Revert(VolumeId id, SnapshotId snapshot);

    /// <summary>Makes the volume again the image's content: <c>os-reimage</c>.</summary>
    Volume Reimage(VolumeId id, ImageId image, bool reimageReserved, WorkProgress progress, CancellationToken token);

    /// <summary>Lets a volume share nothing with what it was made from.</summary>
    Volume Flatten(VolumeId id, WorkProgress progress, CancellationToken token);

    /// <summary>Makes an image of a volume: <c>os-volume_upload_image</c>.</summary>
    Image Export(VolumeId id, VolumeExport export, WorkProgress progress, CancellationToken token);

    /// <summary>Data on a backend that could be taken over.</summary>
    IReadOnlyList<ManageableVolume> ListManageable(string backend);

    /// <summary>Takes over data that is on a backend already: <c>cinder manage</c>.</summary>
    Volume Register(string backend, string reference, VolumeSpec spec);

    /// <summary>Forgets a volume and leaves its data: <c>cinder unmanage</c>. The reference with which it can be taken over again.</summary>
    string Unregister(VolumeId id);

    /// <summary>Moves a volume to another pool: <c>os-migrate_volume</c>.</summary>
    Volume Migrate(VolumeId id, string backend, bool force, WorkProgress progress, CancellationToken token);

    Volume Retype(VolumeId id, string volumeType, MigrationPolicy policy, WorkProgress progress, CancellationToken token);

    /// <summary>Looks for faults; changes nothing.</summary>
    IEnumerable<VolumeFinding> Check(VolumeId id, bool deep, WorkProgress progress, CancellationToken token);

    /// <summary>Mends what can be mended, and takes a volume out of a status in which its operation died.</summary>
    IReadOnlyList<VolumeFinding> Repair(VolumeId id);

    /// <summary>The tree that a volume stands in, from its root.</summary>
    VolumeDependency GetDependency(VolumeId id);

    VolumeSnapshot CreateSnapshot(VolumeId volume, SnapshotSpec spec);

    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotNotFound"/>.</exception>
    VolumeSnapshot GetSnapshot(SnapshotId id);

    IReadOnlyList<VolumeSnapshot> ListSnapshots(VolumeQuery query);

    VolumeSnapshot UpdateSnapshot(SnapshotId id, VolumeChange change);

    void DeleteSnapshot(SnapshotId id, bool force, WorkProgress progress, CancellationToken token);

    VolumeAttachment Attach(VolumeId volume, AttachmentSpec spec);

    /// <exception cref="ServiceException"><see cref="ErrorIds.AttachmentNotFound"/>.</exception>
    VolumeAttachment GetAttachment(AttachmentId id);

    /// <param name="volume">Null for those of all volumes that the identity sees.</param>
    IReadOnlyList<VolumeAttachment> ListAttachments(VolumeId? volume);

    /// <summary>Gives a reserved attachment its connector: attaching, with connection info.</summary>
    VolumeAttachment Connect(AttachmentId id, IReadOnlyDictionary<string, string> connector, string? mode, string? mountPoint);

    /// <summary><c>os-complete</c>: the consumer has the device; the volume is in use.</summary>
    VolumeAttachment CompleteAttachment(AttachmentId id);

    void Detach(AttachmentId id);
}
