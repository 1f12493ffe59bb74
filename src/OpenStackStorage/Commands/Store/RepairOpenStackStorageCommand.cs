using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Mends what a check of a store finds.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "OpenStackStorage", DefaultParameterSetName = ConnectionSet, SupportsShouldProcess = true)]
[OutputType(typeof(OpenStackStorageCheck))]
public sealed class RepairOpenStackStorageCommand : StoreFolderCmdlet
{
    protected override void Process() => RepairOpenStackStorageOperation.Run(new RepairOpenStackStorageRequest(Folder), Host);
}
