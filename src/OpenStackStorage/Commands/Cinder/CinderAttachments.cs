using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single attachments for the cmdlets, and changes them.</summary>
internal static class CinderAttachments
{
    /// <param name="connection">Null where there is no store, and so no attachment.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.AttachmentNotFound"/>.</exception>
    public static CinderAttachment Get(OpenStackStorageConnection? connection, AttachmentId id) => connection is null
        ? throw new ServiceException(ErrorIds.AttachmentNotFound, $"There is no attachment {id}.") { Target = id.ToString() }
        : new CinderAttachment(connection.Volumes.GetAttachment(id), connection);

    /// <summary>Changes an attachment, and outputs it as it is then.</summary>
    public static void Change(CinderAttachment attachment, string action, Func<IVolumeService, VolumeAttachment> change, bool passThru, ICmdletHost host)
    {
        IVolumeService volumes = attachment.Connection.Volumes;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeService, VolumeAttachment>(volumes, volumes.DryRun(), $"attachment {attachment.AttachmentId}", action, change)
            {
                Output = passThru ? changed => new CinderAttachment(changed, attachment.Connection) : null,
            },
            host);
    }
}
