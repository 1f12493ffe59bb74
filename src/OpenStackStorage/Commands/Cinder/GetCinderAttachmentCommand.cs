using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Lists attachments of volumes.</summary>
[Cmdlet(VerbsCommon.Get, "CinderAttachment", DefaultParameterSetName = "Volume")]
[OutputType(typeof(CinderAttachment))]
public sealed class GetCinderAttachmentCommand : ServiceCmdlet
{
    [Parameter(ParameterSetName = "Volume", Position = 0, ValueFromPipeline = true, HelpMessage = "Those of a volume: as Get-CinderVolume gives it, or its name or id. All by default.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(ParameterSetName = "AttachmentId", Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The attachments' ids.")]
    [ArgumentCompleter(typeof(CinderAttachmentIdCompleter))]
    public Guid[] AttachmentId { get; set; } = [];

    [Parameter(ParameterSetName = "Volume", HelpMessage = "Those in one of these statuses.")]
    [ValidateNotNullOrEmpty]
    public AttachStatus[] Status { get; set; } = [];

    protected override void Process()
    {
        foreach (Guid id in AttachmentId)
            ForItem(id, () => Host.WriteObject(CinderAttachments.Get(Existing, new AttachmentId(id))));
        if (AttachmentId.Length > 0)
            return;
        CinderVolume? volume = Volume is null ? null : CinderVolumes.Of(Volume, Connection, () => Existing);
        if ((volume?.Connection ?? Existing) is not { } connection)
            return;
        foreach (VolumeAttachment attachment in connection.Volumes.ListAttachments(volume?.Id).Where(one => Status.Length == 0 || Status.Contains(one.Status)))
            Host.WriteObject(new CinderAttachment(attachment, connection));
    }
}
