using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Detaches volumes.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderAttachment", DefaultParameterSetName = AttachmentIdSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCinderAttachmentCommand : CinderAttachmentCmdlet
{
    protected override void ProcessAttachment(CinderAttachment attachment)
    {
        CinderAttachments.Change(attachment, $"Detach volume {attachment.VolumeName ?? attachment.AttachedVolumeId.ToString()}; its consumer must have stopped using it", Detach, passThru: false, Host);

        VolumeAttachment Detach(IVolumeService volumes)
        {
            VolumeAttachment last = volumes.GetAttachment(attachment.Id);
            volumes.Detach(attachment.Id);
            return last;
        }
    }
}
