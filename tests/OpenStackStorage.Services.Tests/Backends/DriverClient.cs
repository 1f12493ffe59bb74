using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>Uses a driver as the volume service does: it keeps what the driver says of volumes and snapshots.</summary>
internal sealed class DriverClient(IVolumeDriver driver)
{
    public const long GiB = 1L << 30;

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    public IVolumeDriver Driver => driver;

    public Dictionary<VolumeId, Volume> Volumes { get; } = [];

    public Dictionary<SnapshotId, VolumeSnapshot> Snapshots { get; } = [];

    public static Volume NewVolume(int sizeGiB = 1) => new()
    {
        Id = VolumeId.New(),
        Status = VolumeStatus.Creating,
        SizeGiB = sizeGiB,
        Project = "project",
        User = "user",
        AvailabilityZone = "nova",
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    public static VolumeSnapshot NewSnapshot(Volume volume) => new()
    {
        Id = SnapshotId.New(),
        Volume = volume.Id,
        Status = SnapshotStatus.Creating,
        SizeGiB = volume.SizeGiB,
        Project = "project",
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    public VolumeSnapshot[] SnapshotsOf(VolumeId volume) => [.. Snapshots.Values.Where(snapshot => snapshot.Volume == volume)];

    public VolumeId Create(int sizeGiB = 1)
    {
        Volume volume = NewVolume(sizeGiB);
        return Keep(volume, driver.Create(volume));
    }

    public VolumeId CreateFrom(byte[] content, int sizeGiB = 1)
    {
        Volume volume = NewVolume(sizeGiB);
        using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("content", content), new ImageOpenOptions { Format = DiskImageFormat.Raw });
        return Keep(volume, driver.CreateFrom(volume, image, new WorkProgress(), CancellationToken.None));
    }

    public VolumeId Clone(VolumeId source, SnapshotId? snapshot = null, bool linked = false, int sizeGiB = 0)
    {
        Volume volume = NewVolume(sizeGiB == 0 ? Volumes[source].SizeGiB : sizeGiB) with { SourceVolume = source };
        DriverClone clone = driver.Clone(volume, Volumes[source], snapshot is { } id ? Snapshots[id] : null, linked, new WorkProgress(), CancellationToken.None);
        Keep(Volumes[source], clone.SourceState);
        return Keep(volume, clone.State);
    }

    public void Delete(VolumeId volume, int? clearMiB = 0)
    {
        driver.Delete(Volumes[volume], clearMiB, new WorkProgress(), CancellationToken.None);
        Volumes.Remove(volume);
    }

    public SnapshotId Snapshot(VolumeId volume)
    {
        VolumeSnapshot snapshot = NewSnapshot(Volumes[volume]);
        DriverChange change = driver.CreateSnapshot(Volumes[volume], snapshot);
        Keep(Volumes[volume], change.VolumeState);
        Snapshots[snapshot.Id] = snapshot with { DriverState = change.SnapshotState };
        return snapshot.Id;
    }

    public void DeleteSnapshot(SnapshotId snapshot)
    {
        Volume volume = Volumes[Snapshots[snapshot].Volume];
        Keep(volume, driver.DeleteSnapshot(volume, Snapshots[snapshot], new WorkProgress(), CancellationToken.None));
        Snapshots.Remove(snapshot);
    }

    public void Revert(SnapshotId snapshot)
    {
        Volume volume = Volumes[Snapshots[snapshot].Volume];
        Keep(volume, driver.Revert(volume, Snapshots[snapshot]));
    }

    public void Extend(VolumeId volume, int sizeGiB) => Keep(Volumes[volume] with { SizeGiB = sizeGiB }, driver.Extend(Volumes[volume], sizeGiB));

    public void Flatten(VolumeId volume) => Keep(Volumes[volume], driver.Flatten(Volumes[volume], new WorkProgress(), CancellationToken.None));

    /// <summary>Recovers a volume that the service knows, and keeps what is true of it.</summary>
    public DriverTruth Recover(VolumeId volume)
    {
        DriverTruth truth = driver.Recover(Volumes[volume], SnapshotsOf(volume));
        if (truth.Exists)
            Keep(Volumes[volume] with { SizeGiB = truth.SizeGiB }, truth.State);
        else
            Volumes.Remove(volume);
        foreach (VolumeSnapshot gone in SnapshotsOf(volume).Where(snapshot => !truth.Snapshots.Contains(snapshot.Id)))
            Snapshots.Remove(gone.Id);
        return truth;
    }

    public void Write(VolumeId volume, long offset, params byte[] bytes)
    {
        using ImageEditor editor = new(driver.OpenWritable(Volumes[volume]));
        editor.Write(new GuestOffset(offset), bytes);
        editor.Close();
    }

    public byte[] Read(VolumeId volume, long offset, int length, SnapshotId? snapshot = null)
    {
        using DiskImage image = driver.Open(Volumes[volume], snapshot is { } id ? Snapshots[id] : null);
        byte[] bytes = new byte[length];
        new ImageReader(image).Read(new GuestOffset(offset), bytes);
        return bytes;
    }

    public long Size(VolumeId volume, SnapshotId? snapshot = null)
    {
        using DiskImage image = driver.Open(Volumes[volume], snapshot is { } id ? Snapshots[id] : null);
        return image.VirtualSize;
    }

    public DriverFinding[] Inspect(VolumeId volume) =>
        [.. driver.Inspect(Volumes[volume], SnapshotsOf(volume), deep: true, new WorkProgress(), CancellationToken.None)];

    public VolumeId Keep(Volume volume, IReadOnlyDictionary<string, string> state)
    {
        Volumes[volume.Id] = volume with { DriverState = state };
        return volume.Id;
    }
}
