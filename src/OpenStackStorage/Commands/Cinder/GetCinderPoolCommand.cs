using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Lists pools as the scheduler sees them.</summary>
[Cmdlet(VerbsCommon.Get, "CinderPool")]
[OutputType(typeof(CinderPool))]
public sealed class GetCinderPoolCommand : ServiceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "Those of a backend: as Get-CinderBackend gives it, or its name. All by default.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [NameOr<CinderBackend>]
    public NameOr<CinderBackend>? Backend { get; set; }

    protected override void Process()
    {
        if ((Connection ?? Backend?.Thing?.Connection ?? Existing) is not { } connection)
            return;
        string? name = Backend?.Thing?.Name ?? Backend?.Text;
        if (name is not null)
            _ = CinderBackends.Find(connection, name);
        foreach (PoolState pool in connection.Backends.ListPools().Where(pool => name is null || pool.Backend == name))
            Host.WriteObject(new CinderPool(pool, connection));
    }
}
