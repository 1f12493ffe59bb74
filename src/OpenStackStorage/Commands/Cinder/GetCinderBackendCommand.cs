using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Lists backends, and whether they take volumes.</summary>
[Cmdlet(VerbsCommon.Get, "CinderBackend")]
[OutputType(typeof(CinderBackend))]
public sealed class GetCinderBackendCommand : ServiceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "Names, with wildcards; all backends by default.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    protected override void Process()
    {
        if (Existing is { } connection)
            NamedThings.Write<Backend>(Name, connection.Backends.List(), one => one.Name, _ => null, one => CinderBackends.Find(connection, one.Name), CinderBackends.NotFound, Host);
        else
            NamedThings.RequireNone(Name, CinderBackends.NotFound, Host);
    }
}
