namespace OpenStackStorage.Services;

// cinder/volume/api.py, attachment_create, attachment_update and attachment_delete; cinder/api/v3/attachments.py; cinder/db/api.py,
// volume_attached and volume_detached.
public sealed partial class VolumeService
{
    /// <inheritdoc cref="IVolumeService.Attach"/>
    /// <remarks>With a connector it is connected too. Where that fails nothing stays reserved; Cinder leaves the reservation behind.</remarks>
    public VolumeAttachment Attach(VolumeId volume, AttachmentSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        CheckMode(spec.Mode);
        AttachmentId id = AttachmentId.New();
        VolumeAttachment reserved = _catalog.Write(writer => Reserve(writer, volume, id, spec));
        if (_isDry || spec.Connector.Count == 0)
            return reserved;
        try
        {
            return Connect(id, spec.Connector, spec.Mode, spec.MountPoint, isNew: true);
        }
        catch
        {
            _catalog.Write(writer => Forget(writer, reserved));
            throw;
        }
    }

    public VolumeAttachment GetAttachment(AttachmentId id) => _catalog.Read(reader => _access.Find(reader, id));

    public IReadOnlyList<VolumeAttachment> ListAttachments(VolumeId? volume) => _catalog.Read(reader =>
        volume is { } id
            ? AttachmentsOf(reader, _access.Find(reader, id).Id)
            : _access.IsAdmin ? reader.List(VolumeTables.Attachments) : reader.List(VolumeTables.Attachments, ("project", _access.Project)));

    public VolumeAttachment Connect(AttachmentId id, IReadOnlyDictionary<string, string> connector, string? mode, string? mountPoint)
    {
        ArgumentNullException.ThrowIfNull(connector);
        if (mode is not null)
            CheckMode(mode);
        if (connector.Count == 0)
            throw VolumeRules.Invalid("The connector", "nothing", "who connects: host, ip, initiator ...");
        return Connect(id, connector, mode, mountPoint, isNew: false);
    }

    public VolumeAttachment CompleteAttachment(AttachmentId id) => _catalog.Write(writer =>
    {
        VolumeAttachment attachment = _access.Find(writer, id);
        Volume volume = Now(writer, attachment.Volume);
        _access.Require("volume:attachment_complete", attachment);
        // Cinder takes it in any status, and the volume is in-use by nobody.
        if (attachment.Connector.Count == 0)
            throw VolumeStates.Refusal(volume, VolumeAction.Attach, $"attachment {id} has no connector, so that nobody has the volume", "a connector before its completion");
        VolumeAttachment attached = attachment with { Status = AttachStatus.Attached, AttachedAt = _parts.Clock.Now() };
        writer.Put(VolumeTables.Attachments, attached);
        Put(writer, volume with { Status = VolumeStatus.InUse });
        return attached;
    });

    public void Detach(AttachmentId id)
    {
        VolumeAttachment attachment = GetAttachment(id);
        _access.Require("volume:attachment_delete", attachment);
        if (attachment.Connector.Count == 0)
            _catalog.Write(writer => Forget(writer, _access.Find(writer, id)));
        else if (_isDry)
            VolumeOperations.Preview(_catalog, Begin);
        else
            _operations.Run(Begin, Disconnect, (writer, work, _) => Remove(writer, work.Volume.Id, id), (_, _, _) => { }, CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            attachment = _access.Find(writer, id);
            return new VolumeWork(VolumeOperations.Attachment, Now(writer, attachment.Volume));
        }

        bool Disconnect(VolumeWork work)
        {
            DriverOf(work.Volume).Disconnect(work.Volume, attachment.Connector);
            return true;
        }
    }

    private VolumeAttachment Reserve(ICatalogWriter writer, VolumeId id, AttachmentId attachment, AttachmentSpec spec)
    {
        Volume volume = _access.Find(writer, id);
        _access.Require("volume:attachment_create", volume);
        if (volume is { Multiattach: true, Status: VolumeStatus.InUse, Bootable: true })
            _access.Require("volume:multiattach_bootable_volume", volume);
        VolumeAction action = volume.Multiattach ? VolumeAction.AttachMultiple : VolumeAction.Attach;
        // A server that moves to another host holds its volume twice for a while (LP 1694530).
        bool isMove = !VolumeStates.Of(action).From.Contains(volume.Status) && volume.Status is VolumeStatus.InUse or VolumeStatus.Reserved
            && spec.Instance is not null && AttachmentsOf(writer, id).Any(one => one.Instance == spec.Instance);
        if (!isMove)
            Put(writer, Enter(writer, action, volume) with { PreviousStatus = volume.PreviousStatus });
        VolumeAttachment reserved = new()
        {
            Id = attachment,
            Volume = id,
            Project = volume.Project,
            Instance = spec.Instance,
            Status = AttachStatus.Reserved,
            Mode = volume.ReadOnly ? "ro" : spec.Mode,
            MountPoint = spec.MountPoint,
            CreatedAt = _parts.Clock.Now(),
        };
        writer.Put(VolumeTables.Attachments, reserved);
        return reserved;
    }

    private VolumeAttachment Connect(AttachmentId id, IReadOnlyDictionary<string, string> connector, string? mode, string? mountPoint, bool isNew)
    {
        VolumeAttachment attaching = null!;
        if (!_isDry)
            return _operations.Run(Begin, work => DriverOf(work.Volume).Connect(work.Volume, connector, attaching.Mode == "ro"), End, (_, _, _) => { }, CancellationToken.None);
        VolumeOperations.Preview(_catalog, Begin);
        return attaching;

        VolumeWork Begin(ICatalogWriter writer)
        {
            VolumeAttachment attachment = _access.Find(writer, id);
            Volume volume = Now(writer, attachment.Volume);
            if (!isNew)
                _access.Require("volume:attachment_update", attachment);
            RequireConnectable(writer, volume, attachment, connector);
            attaching = attachment with
            {
                Status = AttachStatus.Attaching,
                Mode = volume.ReadOnly ? "ro" : mode ?? attachment.Mode,
                Connector = new Dictionary<string, string>(connector),
                MountPoint = mountPoint ?? attachment.MountPoint,
            };
            return new VolumeWork(VolumeOperations.Attachment, volume);
        }

        VolumeAttachment End(ICatalogWriter writer, VolumeWork work, IReadOnlyDictionary<string, string> connection)
        {
            VolumeAttachment connected = attaching with { ConnectionInfo = connection };
            writer.Put(VolumeTables.Attachments, connected);
            Put(writer, Now(writer, work.Volume.Id) with { Status = VolumeStatus.Attaching });
            return connected;
        }
    }

    // What is attached twice without multiattach must be so from different hosts: Cinder's word for it, "duplicate connectors".
    private static void RequireConnectable(ICatalogReader reader, Volume volume, VolumeAttachment attachment, IReadOnlyDictionary<string, string> connector)
    {
        if (VolumeWords.Of(volume.Status).Contains("error", StringComparison.Ordinal) || volume.Host is null)
            throw VolumeStates.Refusal(volume, VolumeAction.Attach, $"it is {VolumeWords.Of(volume.Status)}", "a volume without error");
        if (!volume.Multiattach && AttachmentsOf(reader, volume.Id).FirstOrDefault(one => one.Id != attachment.Id
            && one.Connector.Count > 0 && one.Connector.GetValueOrDefault("host") == connector.GetValueOrDefault("host")) is { } other)
        {
            throw VolumeStates.Refusal(volume, VolumeAction.Attach, $"attachment {other.Id} connects it to the same host", "multiattach, or another host");
        }
    }

    /// <summary>Removes an attachment that nobody uses. What works on the volume sets its status at its end.</summary>
    private bool Forget(ICatalogWriter writer, VolumeAttachment attachment) => VolumeOperations.FindOn(writer, attachment.Volume) is null
        ? Remove(writer, attachment.Volume, attachment.Id)
        : writer.Remove(VolumeTables.Attachments, attachment.Id.ToString());

    private bool Remove(ICatalogWriter writer, VolumeId volume, AttachmentId attachment)
    {
        bool removed = writer.Remove(VolumeTables.Attachments, attachment.ToString());
        Put(writer, Now(writer, volume) with { Status = VolumeStates.Idle(AttachmentsOf(writer, volume)) });
        return removed;
    }

    private static void CheckMode(string mode)
    {
        if (mode is not ("rw" or "ro"))
            throw VolumeRules.Invalid("The mode", $"'{mode}'", "rw or ro");
    }
}
