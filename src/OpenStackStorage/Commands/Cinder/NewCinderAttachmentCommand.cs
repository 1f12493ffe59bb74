using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Reserves volumes for something that uses them, or attaches them at once.</summary>
[Cmdlet(VerbsCommon.New, "CinderAttachment", SupportsShouldProcess = true)]
[OutputType(typeof(CinderAttachment))]
public sealed class NewCinderAttachmentCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The volume, as Get-CinderVolume gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    [ValidateNotNull]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(HelpMessage = "The server that uses the volume; none for other consumers.")]
    [ValidateNotNullOrEmpty]
    public string? Instance { get; set; }

    [Parameter(HelpMessage = "Who connects: @{ host = 'node1'; ip = '10.0.0.5' }. Without it the volume is only reserved.")]
    [ValidateNotNull]
    public Hashtable Connector { get; set; } = [];

    [Parameter(HelpMessage = "Read and write (rw, the default), or read only (ro).")]
    [ValidateSet("rw", "ro")]
    public string Mode { get; set; } = "rw";

    [Parameter(HelpMessage = "The device's name in the server: /dev/vdb.")]
    [ValidateNotNullOrEmpty]
    public string? MountPoint { get; set; }

    protected override void Process() => ForItem(Volume, () => NewCinderAttachmentOperation.Run(
        new NewCinderAttachmentRequest(CinderVolumes.Of(Volume!, Connection, () => Existing), new AttachmentSpec
        {
            Instance = Instance,
            Connector = TextTable.Of(Connector),
            Mode = Mode,
            MountPoint = MountPoint,
        }),
        Host));
}
