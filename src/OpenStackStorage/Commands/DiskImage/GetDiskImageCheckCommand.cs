using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists what is wrong with a disk image.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImageCheck", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageCheck))]
public sealed class GetDiskImageCheckCommand : DiskImageCmdlet
{
    [Parameter(HelpMessage = "Also decompress every compressed cluster.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessImage(string path) => CheckDiskImageOperation.List(new CheckDiskImageRequest(path, Deep), Host);
}
