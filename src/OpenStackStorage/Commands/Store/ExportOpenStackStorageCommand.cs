using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Writes a whole store to a folder or a .tar file.</summary>
[Cmdlet(VerbsData.Export, "OpenStackStorage", SupportsShouldProcess = true)]
[OutputType(typeof(OpenStackStorageTransfer))]
public sealed class ExportOpenStackStorageCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "A file that ends in .tar, or a folder that is new or empty.")]
    [ValidateNotNullOrEmpty]
    public string DestinationPath { get; set; } = "";

    [Parameter(HelpMessage = "Replace a .tar file that exists. A folder is never replaced.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Run in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process() =>
        TransferOpenStackStorageOperation.Export(new ExportOpenStackStorageRequest(DestinationPath, Force), Connected, Host);
}
