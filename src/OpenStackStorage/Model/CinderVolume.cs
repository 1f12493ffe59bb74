using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A volume as one connection saw it. Words are Cinder's: <c>in-use</c>, <c>error_deleting</c>.</summary>
public sealed class CinderVolume
{
    private readonly Volume _volume;

    internal CinderVolume(Volume volume, OpenStackStorageConnection connection)
    {
        _volume = volume;
        Connection = connection;
    }

    /// <summary>Its id. The name says of what, so that it never binds as the id of another thing.</summary>
    public Guid VolumeId => _volume.Id.Value;

    /// <summary>Not unique; null when it has none.</summary>
    public string? Name => _volume.Name;

    public string? Description => _volume.Description;

    public string Status => VolumeWords.Of(_volume.Status);

    /// <summary>Size in bytes.</summary>
    public long Size => (long)_volume.SizeGiB << 30;

    /// <summary>Size in GiB, as Cinder counts.</summary>
    public int SizeGiB => _volume.SizeGiB;

    /// <summary>The name of its type; null for none.</summary>
    public string? VolumeType => _volume.VolumeType;

    /// <summary>The pool that holds it: <c>host@backend#pool</c>; null while none is chosen.</summary>
    public string? Backend => _volume.Host;

    public string AvailabilityZone => _volume.AvailabilityZone;

    public bool Bootable => _volume.Bootable;

    public bool Multiattach => _volume.Multiattach;

    /// <summary>Attachments may only read.</summary>
    public bool ReadOnly => _volume.ReadOnly;

    /// <summary><c>none</c>, <c>migrating</c>, <c>success</c> ...</summary>
    public string MigrationStatus => VolumeWords.Of(_volume.MigrationStatus);

    /// <summary>The attachments that it has.</summary>
    public CinderAttachment[] Attachments => [.. Connection.Volumes.ListAttachments(_volume.Id).Select(attachment => new CinderAttachment(attachment, Connection))];

    /// <summary>The image that it was made from; null for none.</summary>
    public Guid? SourceImageId => _volume.SourceImage?.Value;

    /// <summary>The volume that it was cloned from; null for none. It may be gone.</summary>
    public Guid? SourceVolumeId => _volume.SourceVolume?.Value;

    /// <summary>The snapshot that it was made from; null for none. It may be gone.</summary>
    public Guid? SourceSnapshotId => _volume.SourceSnapshot?.Value;

    public IReadOnlyDictionary<string, string> Metadata => _volume.Metadata;

    /// <summary>What its image said, as Cinder's <c>volume_image_metadata</c>.</summary>
    public IReadOnlyDictionary<string, string> ImageMetadata => _volume.ImageMetadata;

    /// <summary>The project that owns it.</summary>
    public string Project => _volume.Project;

    public string User => _volume.User;

    public DateTimeOffset CreatedAt => _volume.CreatedAt;

    public DateTimeOffset UpdatedAt => _volume.UpdatedAt;

    /// <summary>Why the last operation failed; null when it did not.</summary>
    public string? LastError => _volume.LastError;

    /// <summary>Where it was found, and as whom.</summary>
    internal OpenStackStorageConnection Connection { get; }

    internal VolumeId Id => _volume.Id;

    public override string ToString() => Name ?? VolumeId.ToString();
}
