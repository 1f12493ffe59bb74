using System.Globalization;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which store to open, as whom. Null stands for the default.</summary>
public sealed record ConnectOpenStackStorageRequest(string? Path = null, string? Project = null, string? User = null, IReadOnlyList<string>? Roles = null)
{
    /// <summary>Folders for images' data beside the store's own, with priorities: <c>/mnt/fast:100</c>. Null leaves them.</summary>
    public IReadOnlyList<string>? ImageFolders { get; init; }

    /// <summary>Null leaves it.</summary>
    public FlushPolicy? Flush { get; init; }
}

/// <summary>Opens a store, or makes one.</summary>
public static class ConnectOpenStackStorageOperation
{
    public static void Run(ConnectOpenStackStorageRequest request, StoreSession session, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        string path = request.Path is { } typed ? host.ResolveNewPath(typed) : EmbeddedStore.DefaultPath();
        FileStoreFolder[]? folders = request.ImageFolders?.Select(folder => Parse(folder, host)).ToArray();
        if (!EmbeddedStore.Exists(path) && !host.ShouldProcess(path, "Create a store"))
            return;
        Identity identity = StoreSession.DefaultIdentity;
        OpenStackStorageConnection connection = session.Connect(path, new Identity(
            request.User ?? identity.User, request.Project ?? identity.Project, request.Roles ?? identity.Roles), host);
        if ((folders is not null || request.Flush is not null) && host.ShouldProcess(path, Action(folders, request.Flush)))
            Set(connection, folders, request.Flush, session);
        host.WriteObject(connection);
    }

    private static void Set(OpenStackStorageConnection connection, FileStoreFolder[]? folders, FlushPolicy? flush, StoreSession session)
    {
        try
        {
            connection.Store.SetImageFolders(folders, flush);
        }
        catch
        {
            session.Disconnect(connection);
            throw;
        }
    }

    /// <summary>As Glance writes <c>filesystem_store_datadirs</c>: the path, and behind the last colon a priority.</summary>
    private static FileStoreFolder Parse(string text, ICmdletHost host)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority)
            ? new FileStoreFolder(host.ResolveNewPath(text[..colon]), priority)
            : new FileStoreFolder(host.ResolveNewPath(text));
    }

    private static string Action(FileStoreFolder[]? folders, FlushPolicy? flush) => string.Join(", ",
        new string?[]
        {
            folders is null ? null : $"Keep images in {string.Join(", ", folders.Select(folder => folder.Path).Prepend("its own folder"))}",
            flush is null ? null : $"Flush {flush}",
        }.OfType<string>());
}
