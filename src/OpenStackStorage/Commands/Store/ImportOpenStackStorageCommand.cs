using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Reads an exported store: into a new folder, or into a store that there is.</summary>
[Cmdlet(VerbsData.Import, "OpenStackStorage", SupportsShouldProcess = true, DefaultParameterSetName = NewSet)]
[OutputType(typeof(OpenStackStorageTransfer))]
public sealed class ImportOpenStackStorageCommand : StorageCmdlet
{
    private const string NewSet = "New";
    private const string MergeSet = "Merge";

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The .tar file or the folder that Export-OpenStackStorage wrote.")]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(ParameterSetName = NewSet, Mandatory = true, Position = 1, HelpMessage = "The folder of the new store. It must be new or empty.")]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    [Parameter(ParameterSetName = MergeSet, Mandatory = true, HelpMessage = "Add the images to the connection's store; those whose id it has are left out.")]
    public SwitchParameter Merge { get; set; }

    [Parameter(ParameterSetName = MergeSet, HelpMessage = "The store to add to, as Connect-OpenStackStorage gives it. By default that of the current connection, or the default folder.")]
    [ValidateNotNull]
    public OpenStackStorageConnection? Connection { get; set; }

    [Parameter(HelpMessage = "Run in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process() => TransferOpenStackStorageOperation.Import(
        new ImportOpenStackStorageRequest(Path!, DestinationPath), () => StoreSession.OfPipeline().Use(Connection, Host), Host);
}
