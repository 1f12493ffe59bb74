using System.Management.Automation;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that work on a store's folder, which need not be one that can be opened.</summary>
public abstract class StoreFolderCmdlet : StorageCmdlet
{
    /// <summary>The parameter set of <see cref="Path"/>.</summary>
    protected const string PathSet = "Path";

    /// <summary>The default parameter set.</summary>
    protected const string ConnectionSet = "Connection";

    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true,
        HelpMessage = "The store's folder. It need not be one that can be opened.")]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(ParameterSetName = ConnectionSet, HelpMessage = "The store, as Connect-OpenStackStorage gives it. By default that of the current connection, or the default folder.")]
    [ValidateNotNull]
    public OpenStackStorageConnection? Connection { get; set; }

    /// <summary>The full path of the folder. Nothing is opened.</summary>
    protected string Folder => Path is { } typed ? Host.ResolveNewPath(typed)
        : (Connection ?? StoreSession.OfPipeline().Current)?.Store.Path ?? EmbeddedStore.DefaultPath();
}
