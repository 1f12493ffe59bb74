namespace OpenStackStorage.Services;

// Members that are not there yet.
public sealed partial class VolumeService
{
    public Volume Reimage(VolumeId id, ImageId image, bool reimageReserved, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public Volume Flatten(VolumeId id, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public Image Export(VolumeId id, VolumeExport export, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public IReadOnlyList<ManageableVolume> ListManageable(string backend) => throw new NotSupportedException();

    public Volume Register(string backend, string reference, VolumeSpec spec) => throw new NotSupportedException();

    public string Unregister(VolumeId id) => throw new NotSupportedException();

    public Volume Migrate(VolumeId id, string backend, bool force, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public Volume Retype(VolumeId id, string volumeType, MigrationPolicy policy, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public VolumeDependency GetDependency(VolumeId id) => throw new NotSupportedException();

    public VolumeAttachment Attach(VolumeId volume, AttachmentSpec spec) => throw new NotSupportedException();

    public VolumeAttachment GetAttachment(AttachmentId id) => throw new NotSupportedException();

    public IReadOnlyList<VolumeAttachment> ListAttachments(VolumeId? volume) => throw new NotSupportedException();

    public VolumeAttachment Connect(AttachmentId id, IReadOnlyDictionary<string, string> connector, string? mode, string? mountPoint) => throw new NotSupportedException();

    public VolumeAttachment CompleteAttachment(AttachmentId id) => throw new NotSupportedException();

    public void Detach(AttachmentId id) => throw new NotSupportedException();
}
