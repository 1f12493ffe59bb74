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

    /// <summary>Handles what was given, be it objects, ids or names; each is looked for as it is now, and each has its own errors.</summary>
    protected void Each<T>(
        IEnumerable<T> objects, Func<T, T> renew, IEnumerable<Guid> ids, Func<Guid, T> get, IEnumerable<string> names, Func<string, T> find, Action<T> process)
    {
        foreach (T one in objects)
            ForItem(one, () => process(renew(one)));
        foreach (Guid id in ids)
            ForItem(id, () => process(get(id)));
        foreach (string name in names)
            ForItem(name, () => process(find(name)));
    }

    /// <summary>What a switch says that has three states: null where it was not given.</summary>
    protected bool? Given(string parameter, SwitchParameter value) => MyInvocation.BoundParameters.ContainsKey(parameter) ? value.IsPresent : null;
}
