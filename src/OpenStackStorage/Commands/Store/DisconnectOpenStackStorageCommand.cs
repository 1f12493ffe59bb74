using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Closes connections to stores.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "OpenStackStorage")]
[OutputType(typeof(OpenStackStorageConnection))]
public sealed class DisconnectOpenStackStorageCommand : StorageCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The connection to close; by default the current one.")]
    [ValidateNotNull]
    public OpenStackStorageConnection? Connection { get; set; }

    protected override void Process() => DisconnectOpenStackStorageOperation.Run(Connection, StoreSession.OfPipeline());
}
