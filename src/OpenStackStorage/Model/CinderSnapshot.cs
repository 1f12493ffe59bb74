using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A volume's snapshot as one connection saw it.</summary>
public sealed class CinderSnapshot
{
    private readonly VolumeSnapshot _snapshot;

    internal CinderSnapshot(VolumeSnapshot snapshot, OpenStackStorageConnection connection)
    {
        _snapshot = snapshot;
        Connection = connection;
    }

    public Guid SnapshotId => _snapshot.Id.Value;

    /// <summary>Not unique; null when it has none.</summary>
    public string? Name => _snapshot.Name;

    public string? Description => _snapshot.Description;

    public string Status => VolumeWords.Of(_snapshot.Status);

    /// <summary>The volume that it is of. Not named VolumeId: a snapshot never binds as its volume.</summary>
    public Guid SourceVolumeId => _snapshot.Volume.Value;

    /// <summary>That volume's name; null where it has none.</summary>
    public string? VolumeName => Connection.NameOf(_snapshot.Volume);

    /// <summary>The volume's size in bytes when it was taken.</summary>
    public long Size => (long)_snapshot.SizeGiB << 30;

    /// <summary>The same in GiB.</summary>
    public int SizeGiB => _snapshot.SizeGiB;

    public string? VolumeType => _snapshot.VolumeType;

    public string Project => _snapshot.Project;

    public IReadOnlyDictionary<string, string> Metadata => _snapshot.Metadata;

    public DateTimeOffset CreatedAt => _snapshot.CreatedAt;

    public DateTimeOffset UpdatedAt => _snapshot.UpdatedAt;

    /// <summary>Why the last operation failed; null when it did not.</summary>
    public string? LastError => _snapshot.LastError;

    internal OpenStackStorageConnection Connection { get; }

    internal SnapshotId Id => _snapshot.Id;

    public override string ToString() => Name ?? SnapshotId.ToString();
}
