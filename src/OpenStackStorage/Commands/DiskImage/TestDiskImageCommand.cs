using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Tells whether a disk image is sound.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DiskImage", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(bool))]
public sealed class TestDiskImageCommand : DiskImageCmdlet
{
    [Parameter(HelpMessage = "Also decompress every compressed cluster.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessImage(string path) => CheckDiskImageOperation.Test(new CheckDiskImageRequest(path, Deep), Host);
}
