using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shows the open connections of this session.</summary>
[Cmdlet(VerbsCommon.Get, "OpenStackStorage")]
[OutputType(typeof(OpenStackStorageConnection))]
public sealed class GetOpenStackStorageCommand : StorageCmdlet
{
    protected override void Process()
    {
        foreach (OpenStackStorageConnection connection in StoreSession.OfPipeline().Connections)
            Host.WriteObject(connection);
    }
}
