using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Changes how backends are set up.</summary>
[Cmdlet(VerbsCommon.Set, "CinderBackend", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(CinderBackend))]
public sealed class SetCinderBackendCommand : CinderBackendSettingsCmdlet
{
    [Parameter(ParameterSetName = "Name", Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The backends' names.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = "Backend", Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Backends, as Get-CinderBackend gives them.")]
    [ValidateNotNull]
    public CinderBackend[] Backend { get; set; } = [];

    [Parameter(HelpMessage = "Output the backend as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void Process() => Each(
        Backend, given => CinderBackends.Find(Connection ?? given.Connection, given.Name), [], _ => throw new NotSupportedException(),
        Name, name => CinderBackends.Find(Existing, name),
        backend => CinderBackends.Change(backend.Connection, backend.Name, Changes(), backends => backends.Update(Apply(backends.Get(backend.Name))), PassThru, Host));
}
