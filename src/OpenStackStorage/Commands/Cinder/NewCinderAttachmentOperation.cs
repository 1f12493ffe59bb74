using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume to attach, and to whom.</summary>
public sealed record NewCinderAttachmentRequest(CinderVolume Volume, AttachmentSpec Spec);

/// <summary>Makes an attachment, and outputs it.</summary>
public static class NewCinderAttachmentOperation
{
    public static void Run(NewCinderAttachmentRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        OpenStackStorageConnection connection = request.Volume.Connection;
        string whom = request.Spec.Instance is { } instance ? $" for '{instance}'" : "";
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeService, VolumeAttachment>(connection.Volumes, connection.Volumes.DryRun(), request.Volume.ToString(),
                request.Spec.Connector.Count == 0 ? $"Reserve the volume{whom}" : $"Attach the volume{whom}, mode {request.Spec.Mode}",
                volumes => volumes.Attach(request.Volume.Id, request.Spec))
            {
                Output = attachment => new CinderAttachment(attachment, connection),
            },
            host);
    }
}
