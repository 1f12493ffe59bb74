using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Where a store is to be exported to.</summary>
public sealed record ExportOpenStackStorageRequest(string DestinationPath, bool Force = false);

/// <summary>What is to be imported, and where to.</summary>
/// <param name="DestinationPath">The folder of the new store; null to merge into the connection's.</param>
public sealed record ImportOpenStackStorageRequest(string Path, string? DestinationPath = null);

/// <summary>Moves whole stores.</summary>
public static class TransferOpenStackStorageOperation
{
    public static void Export(ExportOpenStackStorageRequest request, OpenStackStorageConnection connection, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(connection);
        string destination = host.ResolveNewPath(request.DestinationPath);
        EmbeddedStore store = connection.Store;
        if (!host.ShouldProcess(destination, $"Export the store '{store.Path}'"))
            return;
        host.Execute(new WorkActivity("Exporting store", destination), work =>
            work.WriteObject(ToModel(StoreExport.Run(store, destination, request.Force, work.WriteWarning, work.Progress, work.Token))));
    }

    /// <param name="connection">Asked for where the import is merged.</param>
    public static void Import(ImportOpenStackStorageRequest request, Func<OpenStackStorageConnection> connection, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(connection);
        string source = host.ResolveNewPath(request.Path);
        EmbeddedStore? store = request.DestinationPath is null ? connection().Store : null;
        string destination = store?.Path ?? host.ResolveNewPath(request.DestinationPath!);
        if (!host.ShouldProcess(destination, $"Import the store that was exported to '{source}'"))
            return;
        host.Execute(new WorkActivity("Importing store", source), work => work.WriteObject(ToModel(store is null
            ? StoreImport.Run(source, destination, work.Progress, work.Token)
            : StoreImport.Merge(source, store, work.WriteWarning, work.Progress, work.Token))));
    }

    private static OpenStackStorageTransfer ToModel(StoreTransfer transfer) => new()
    {
        Path = transfer.Path,
        StoreId = transfer.Store,
        ImageCount = transfer.Images,
        Size = transfer.Bytes,
        SkippedCount = transfer.Skipped,
    };
}
