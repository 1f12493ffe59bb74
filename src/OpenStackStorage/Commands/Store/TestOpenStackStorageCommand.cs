using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Says whether a store is what it says it is.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OpenStackStorage", DefaultParameterSetName = ConnectionSet)]
[OutputType(typeof(bool))]
public sealed class TestOpenStackStorageCommand : StoreFolderCmdlet
{
    [Parameter(HelpMessage = "Digest all data too, and hold it against the recorded hashes.")]
    public SwitchParameter Deep { get; set; }

    protected override void Process() => CheckOpenStackStorageOperation.Test(new CheckOpenStackStorageRequest(Folder, Deep), Host);
}
