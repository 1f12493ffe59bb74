using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A volume's attachment as one connection saw it.</summary>
public sealed class CinderAttachment
{
    private readonly VolumeAttachment _attachment;

    internal CinderAttachment(VolumeAttachment attachment, OpenStackStorageConnection connection)
    {
        _attachment = attachment;
        Connection = connection;
    }

    public Guid AttachmentId => _attachment.Id.Value;

    /// <summary>The volume that is attached. Not named VolumeId: an attachment never binds as its volume.</summary>
    public Guid AttachedVolumeId => _attachment.Volume.Value;

    /// <summary>That volume's name; null where it has none.</summary>
    public string? VolumeName => Connection.NameOf(_attachment.Volume);

    /// <summary><c>reserved</c>, <c>attaching</c>, <c>attached</c> ...</summary>
    public string Status => VolumeWords.Of(_attachment.Status);

    /// <summary><c>rw</c> or <c>ro</c>.</summary>
    public string Mode => _attachment.Mode;

    /// <summary>The server that uses it; null for consumers that are none.</summary>
    public string? Instance => _attachment.Instance;

    /// <summary>The device's name in the server.</summary>
    public string? MountPoint => _attachment.MountPoint;

    /// <summary>Who connects; empty while only reserved.</summary>
    public IReadOnlyDictionary<string, string> Connector => _attachment.Connector;

    /// <summary>How to reach the data; empty while only reserved.</summary>
    public IReadOnlyDictionary<string, string> ConnectionInfo => _attachment.ConnectionInfo;

    public string Project => _attachment.Project;

    public DateTimeOffset CreatedAt => _attachment.CreatedAt;

    /// <summary>When the consumer had it; null before.</summary>
    public DateTimeOffset? AttachedAt => _attachment.AttachedAt;

    internal OpenStackStorageConnection Connection { get; }

    internal AttachmentId Id => _attachment.Id;

    public override string ToString() => AttachmentId.ToString();
}
