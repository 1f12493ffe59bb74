using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to backends: by object or by name.</summary>
public abstract class CinderBackendCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="Backend"/>.</summary>
    protected const string BackendSet = "Backend";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The backends' names.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = BackendSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Backends, as Get-CinderBackend gives them.")]
    [ValidateNotNull]
    public CinderBackend[] Backend { get; set; } = [];

    /// <param name="backend">As it is now.</param>
    protected abstract void ProcessBackend(CinderBackend backend);

    protected sealed override void Process() => Each(
        Backend, given => CinderBackends.Find(Connection ?? given.Connection, given.Name), [], _ => throw new NotSupportedException(),
        Name, name => CinderBackends.Find(Existing, name), ProcessBackend);
}
