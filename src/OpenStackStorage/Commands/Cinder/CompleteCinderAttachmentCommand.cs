using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Says that consumers have their device: the volume is in use then.</summary>
[Cmdlet(VerbsLifecycle.Complete, "CinderAttachment", DefaultParameterSetName = AttachmentIdSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderAttachment))]
public sealed class CompleteCinderAttachmentCommand : CinderAttachmentCmdlet
{
    [Parameter(HelpMessage = "Output the attachment as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessAttachment(CinderAttachment attachment) =>
        CinderAttachments.Change(attachment, "Mark it as attached; its volume is in use then", volumes => volumes.CompleteAttachment(attachment.Id), PassThru, Host);
}
