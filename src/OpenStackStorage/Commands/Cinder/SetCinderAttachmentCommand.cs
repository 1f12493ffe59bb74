using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Gives reserved attachments their connector: how the data is reached is known then.</summary>
[Cmdlet(VerbsCommon.Set, "CinderAttachment", DefaultParameterSetName = AttachmentIdSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderAttachment))]
public sealed class SetCinderAttachmentCommand : CinderAttachmentCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "Who connects: @{ host = 'node1'; ip = '10.0.0.5' }.")]
    [ValidateNotNull]
    public Hashtable Connector { get; set; } = [];

    [Parameter(HelpMessage = "Read and write (rw), or read only (ro); by default as it was reserved.")]
    [ValidateSet("rw", "ro")]
    public string? Mode { get; set; }

    [Parameter(HelpMessage = "The device's name in the server: /dev/vdb.")]
    [ValidateNotNullOrEmpty]
    public string? MountPoint { get; set; }

    [Parameter(HelpMessage = "Output the attachment as it is then, with its ConnectionInfo.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessAttachment(CinderAttachment attachment)
    {
        IReadOnlyDictionary<string, string> connector = TextTable.Of(Connector);
        CinderAttachments.Change(
            attachment, $"Connect {string.Join(", ", connector.Select(pair => $"{pair.Key} {pair.Value}"))}",
            volumes => volumes.Connect(attachment.Id, connector, Mode, MountPoint), PassThru, Host);
    }
}
