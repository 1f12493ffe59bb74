using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Changes QoS specs.</summary>
[Cmdlet(VerbsCommon.Set, "CinderQos", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderQos))]
public sealed class SetCinderQosCommand : CinderQosCmdlet
{
    [Parameter(HelpMessage = "Limits to set; others stay: @{ total_iops_sec = 500 }.")]
    [ValidateNotNull]
    public Hashtable Spec { get; set; } = [];

    [Parameter(HelpMessage = "The names of limits to take away.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveSpec { get; set; } = [];

    [Parameter(HelpMessage = "Who carries the limits out.")]
    public QosConsumer? Consumer { get; set; }

    [Parameter(HelpMessage = "Output the QoS specs as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessQos(CinderQos qos)
    {
        IReadOnlyDictionary<string, string> specs = TextTable.Of(Spec);
        ChangeCinderQosOperation.Run(
            new ChangeCinderQosRequest(qos.Connection, qos.Name, $"Set {ChangeCinderQosOperation.Describe(Consumer, specs, RemoveSpec)}",
                types => types.UpdateQos(qos.QosId, Consumer, specs, RemoveSpec)) { PassThru = PassThru },
            Host);
    }
}
