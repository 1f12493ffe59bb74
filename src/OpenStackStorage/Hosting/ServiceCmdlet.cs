using System.Management.Automation;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>The base of the cmdlets of Glance, Cinder and all else that lies in a store.</summary>
public abstract class ServiceCmdlet : StorageCmdlet
{
    [Parameter(HelpMessage = "The store and who uses it, as Connect-OpenStackStorage gives it. By default the current connection, or the default folder.")]
    [ValidateNotNull]
    public OpenStackStorageConnection? Connection { get; set; }

    /// <summary>The connection to use. The default folder is opened when it is first needed.</summary>
    protected OpenStackStorageConnection Connected => StoreSession.OfPipeline().Use(Connection, Host);

    /// <summary>The connection to use; null where the default folder is no store yet. Nothing is made.</summary>
    protected OpenStackStorageConnection? Existing => StoreSession.OfPipeline().Find(Connection, Host);

    /// <summary>What a switch says that has three states: null where it was not given.</summary>
    protected bool? Given(string parameter, SwitchParameter value) => MyInvocation.BoundParameters.ContainsKey(parameter) ? value.IsPresent : null;
}
