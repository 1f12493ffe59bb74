using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists what is wrong with a store, or worth knowing.</summary>
[Cmdlet(VerbsCommon.Get, "OpenStackStorageCheck", DefaultParameterSetName = ConnectionSet)]
[OutputType(typeof(OpenStackStorageCheck))]
public sealed class GetOpenStackStorageCheckCommand : StoreFolderCmdlet
{
    [Parameter(HelpMessage = "Digest all data too, and hold it against the recorded hashes.")]
    public SwitchParameter Deep { get; set; }

    protected override void Process() => CheckOpenStackStorageOperation.List(new CheckOpenStackStorageRequest(Folder, Deep), Host);
}
