using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// What keeps volumes' data: Cinder's driver interface (<c>cinder/interface/volume_driver.py</c>) in one place. A driver
/// knows volumes and snapshots by their ids and what it wrote into their <c>DriverState</c>; it knows no states, quotas or policy.
/// The service calls at most one change of a volume at a time and holds its operation; changes of different volumes run beside
/// each other, in several processes. Every change either happens as a whole or can be done again or undone with
/// <see cref="Recover"/>: a process may die at any point. Failures are <see cref="StorageException"/>s.
/// </summary>
public interface IVolumeDriver
{
    DriverCapabilities Capabilities { get; }

    /// <summary>Looks whether the backend can be used at all: there, the right one, readable, writable. Cinder's <c>check_for_setup_error</c>.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendUnavailable"/>.</exception>
    void Check();

    /// <summary>What its pools have, as they are now.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendUnavailable"/>.</exception>
    IReadOnlyList<DriverPool> GetPools();

    /// <summary>Makes a blank volume of its size. What it returns is the volume's new <see cref="Volume.DriverState"/>, here as in all others.</summary>
    IReadOnlyDictionary<string, string> Create(Volume volume);

    /// <summary>Makes a volume whose start is an image's content; it fits. <c>copy_image_to_volume</c>.</summary>
    IReadOnlyDictionary<string, string> CreateFrom(Volume volume, DiskImage content, WorkProgress progress, CancellationToken token);

    /// <summary>Makes a volume of the content of another one of this backend, or of a snapshot of it; the new one may be larger.</summary>
    /// <param name="linked">
    /// Share what the source holds and copy on write. The source may be changed and even deleted afterwards: what is shared stays
    /// until nobody needs it. Only with <see cref="DriverCapabilities.LinkedClones"/>.
    /// </param>
    DriverClone Clone(Volume volume, Volume source, VolumeSnapshot? snapshot, bool linked, WorkProgress progress, CancellationToken token);

    /// <summary>Removes a volume that has no snapshots, and all that only it needed. One that is not there is removed.</summary>
    /// <param name="clearMiB">MiB from its start to overwrite with zeroes first where nothing else needs them; 0 for none, null for all.</param>
    void Delete(Volume volume, int? clearMiB, WorkProgress progress, CancellationToken token);

    /// <summary>Opens a volume's disk, through all its layers. The caller disposes it. One that is being written elsewhere is refused by name.</summary>
    DiskImage Open(Volume volume, VolumeSnapshot? snapshot);

    /// <summary>Opens a volume's disk to be written. The caller closes it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/>: it is open elsewhere.</exception>
    WritableImage OpenWritable(Volume volume);

    /// <summary>Keeps the volume's content as it is now.</summary>
    DriverChange CreateSnapshot(Volume volume, VolumeSnapshot snapshot);

    /// <summary>Forgets a snapshot; the volume, other snapshots and clones stay what they are. One that is not there is removed.</summary>
    IReadOnlyDictionary<string, string> DeleteSnapshot(Volume volume, VolumeSnapshot snapshot, WorkProgress progress, CancellationToken token);

    /// <summary>Makes the volume again what it was when its latest snapshot was taken. Its size stays.</summary>
    IReadOnlyDictionary<string, string> Revert(Volume volume, VolumeSnapshot snapshot);

    IReadOnlyDictionary<string, string> Extend(Volume volume, int sizeGiB);

    /// <summary>Lets the volume share nothing with the image or volume that it was made from. Its own snapshots stay.</summary>
    IReadOnlyDictionary<string, string> Flatten(Volume volume, WorkProgress progress, CancellationToken token);

    /// <summary>
    /// After a change that died: brings the volume's data to what was before or what is after it, and removes what else it
    /// left. May be called at any time, and again.
    /// </summary>
    /// <returns>The state that it found to be true: it decides what the catalogue says.</returns>
    DriverTruth Recover(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots);

    /// <summary>How a consumer reaches the data: Cinder's <c>connection_info</c>.</summary>
    IReadOnlyDictionary<string, string> Connect(Volume volume, IReadOnlyDictionary<string, string> connector, bool readOnly);

    void Disconnect(Volume volume, IReadOnlyDictionary<string, string> connector);

    /// <summary>Data on the backend that could be taken over: Cinder's <c>get_manageable_volumes</c>.</summary>
    IReadOnlyList<ManageableVolume> ListManageable();

    /// <summary>Takes over data that is there already: <c>manage_existing</c>.</summary>
    /// <param name="reference">As <see cref="ManageableVolume.Reference"/> has it.</param>
    /// <returns>Its state, and its size in GiB, rounded up.</returns>
    (IReadOnlyDictionary<string, string> State, int SizeGiB) Manage(Volume volume, string reference);

    /// <summary>Gives data back, under a name that the next <see cref="ListManageable"/> shows. Its reference.</summary>
    string Unmanage(Volume volume);

    /// <summary>Looks for faults of a volume: its data, its layers, its snapshots. Changes nothing.</summary>
    /// <param name="deep">Read all data too.</param>
    IEnumerable<DriverFinding> Inspect(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, bool deep, WorkProgress progress, CancellationToken token);

    /// <summary>Data on the backend that belongs to no volume of those that are known, but has the name of one.</summary>
    IReadOnlyList<DriverFinding> FindOrphans(IReadOnlySet<VolumeId> known);

    /// <summary>Every layer of a volume, topmost first: what it is made of.</summary>
    IReadOnlyList<DriverLayer> GetLayers(Volume volume);
}

/// <summary>What a driver can do. What it can't is refused before anything is changed.</summary>
/// <param name="LinkedClones">Clones may share their source's data.</param>
/// <param name="ExtendInUse">Attached volumes may grow.</param>
/// <param name="SnapshotInUse">Volumes that a consumer has open may be snapshotted; else that is refused with <see cref="ErrorIds.ImageInUse"/>.</param>
public sealed record DriverCapabilities(bool LinkedClones, bool ExtendInUse, bool SnapshotInUse);

/// <summary>A pool as its driver reports it. GiB may have fractions.</summary>
/// <param name="Name">The pool's name: the part after <c>#</c>.</param>
/// <param name="TotalGiB">Null where the medium does not say.</param>
/// <param name="FreeGiB">Null where the medium does not say.</param>
public sealed record DriverPool(string Name, double? TotalGiB, double? FreeGiB, bool Thin, bool Thick, bool Multiattach)
{
    /// <summary>What types may ask for: <c>storage_protocol</c>, <c>vendor_name</c>, <c>tier</c> ...</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; init; } = new Dictionary<string, string>();
}

/// <summary>A clone: the new volume's state, and the source's, which a linked clone may have changed.</summary>
public sealed record DriverClone(IReadOnlyDictionary<string, string> State, IReadOnlyDictionary<string, string> SourceState);

/// <summary>A snapshot: the volume's state, and the snapshot's.</summary>
public sealed record DriverChange(IReadOnlyDictionary<string, string> VolumeState, IReadOnlyDictionary<string, string> SnapshotState);

/// <summary>What is true of a volume's data after a recovery.</summary>
/// <param name="Exists">The volume has data.</param>
/// <param name="SizeGiB">The size that its disk has; 0 where it has none.</param>
/// <param name="Snapshots">The snapshots whose content is there.</param>
public sealed record DriverTruth(bool Exists, int SizeGiB, IReadOnlyDictionary<string, string> State, IReadOnlyList<SnapshotId> Snapshots);

/// <summary>Data that could become a volume.</summary>
/// <param name="Reference">What <see cref="IVolumeDriver.Manage"/> takes: Cinder's <c>source-name</c>.</param>
/// <param name="SizeGiB">Rounded up.</param>
/// <param name="Obstacle">Why it can't be taken over; null where it can.</param>
public sealed record ManageableVolume(string Reference, int SizeGiB, string? Obstacle);

/// <summary>A fault of a volume's data.</summary>
/// <param name="Code">Stable: <c>LayerMissing</c>, <c>ParentChanged</c>, <c>FormatDamaged</c>, <c>Orphan</c> ...</param>
/// <param name="Place">A file or another thing that the user can look at.</param>
/// <param name="CanRepair"><see cref="IVolumeDriver.Recover"/> mends it.</param>
public sealed record DriverFinding(string Code, string Place, string Message, bool CanRepair)
{
    /// <summary>The volume that it is about; null for a backend's own. Who asked the driver knows it.</summary>
    public VolumeId? Volume { get; init; }
}

/// <summary>One layer of a volume.</summary>
/// <param name="Name">The file or logical volume.</param>
/// <param name="Parent">The layer beneath; null at the bottom.</param>
/// <param name="Format">Of its file; null where it is none.</param>
/// <param name="Volume">The volume that it belongs to: another one where it is shared. Null where that volume is gone.</param>
/// <param name="Snapshot">The snapshot whose content ends with this layer; null for none.</param>
/// <param name="AllocatedBytes">What it takes on the medium.</param>
public sealed record DriverLayer(string Name, string? Parent, string? Format, VolumeId? Volume, SnapshotId? Snapshot, long AllocatedBytes);
