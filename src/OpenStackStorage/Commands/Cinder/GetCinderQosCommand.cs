using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists QoS specs.</summary>
[Cmdlet(VerbsCommon.Get, "CinderQos", DefaultParameterSetName = "Name")]
[OutputType(typeof(CinderQos))]
public sealed class GetCinderQosCommand : ServiceCmdlet
{
    [Parameter(ParameterSetName = "Name", Position = 0, ValueFromPipeline = true, HelpMessage = "Names, with wildcards, or ids; all QoS specs by default.")]
    [ArgumentCompleter(typeof(CinderQosNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = "QosId", Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The ids of QoS specs.")]
    public Guid[] QosId { get; set; } = [];

    protected override void Process()
    {
        string[] asked = [.. Name, .. QosId.Select(id => id.ToString())];
        if (Existing is { } connection)
            NamedThings.Write(asked, connection.VolumeTypes.ListQos(), qos => qos.Name, qos => qos.Id, qos => new CinderQos(qos, connection), CinderQosSpecs.NotFound, Host);
        else
            NamedThings.RequireNone(asked, CinderQosSpecs.NotFound, Host);
    }
}
