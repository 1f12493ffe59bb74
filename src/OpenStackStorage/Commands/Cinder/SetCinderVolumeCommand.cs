using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Changes what is recorded of volumes.</summary>
[Cmdlet(VerbsCommon.Set, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class SetCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "The name to give the volume.")]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    [Parameter(HelpMessage = "What the volume is for.")]
    [ValidateNotNull]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "Metadata to set; other keys stay: @{ owner = 'web' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(HelpMessage = "The keys of metadata to take away.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveMetadata { get; set; } = [];

    [Parameter(HelpMessage = "Declare the volume bootable; -Bootable:$false takes that back.")]
    public SwitchParameter Bootable { get; set; }

    [Parameter(HelpMessage = "Let attachments only read; -ReadOnly:$false takes that back.")]
    public SwitchParameter ReadOnly { get; set; }

    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessVolume(CinderVolume volume)
    {
        VolumeChange change = new()
        {
            Name = NewName,
            Description = Description,
            SetMetadata = TextTable.Of(Metadata),
            RemoveMetadata = RemoveMetadata,
            Bootable = Given(nameof(Bootable), Bootable),
            ReadOnly = Given(nameof(ReadOnly), ReadOnly),
        };
        ChangeCinderVolumeOperation.Run(
            new ChangeCinderVolumeRequest(volume, CinderVolumeChange.Describe(change), "Changing", (volumes, id, _, _) => volumes.Update(id, change)) { PassThru = PassThru }, Host);
    }
}
