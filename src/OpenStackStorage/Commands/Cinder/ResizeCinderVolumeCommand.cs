using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Extends volumes.</summary>
[Cmdlet(VerbsCommon.Resize, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class ResizeCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The size that the volume is to have: whole GiB, such as 40GB, and more than it has.")]
    [ByteSize]
    public ulong? Size { get; set; }

    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessVolume(CinderVolume volume)
    {
        int size = Sizes.ToGiB(Size, nameof(Size))!.Value;
        ChangeCinderVolumeOperation.Run(
            new ChangeCinderVolumeRequest(volume, $"Extend from {volume.SizeGiB} GiB to {size} GiB", "Extending", (volumes, id, _, _) => volumes.Extend(id, size)) { PassThru = PassThru }, Host);
    }
}
