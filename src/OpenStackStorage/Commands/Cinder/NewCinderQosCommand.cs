using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Makes QoS specs.</summary>
[Cmdlet(VerbsCommon.New, "CinderQos", SupportsShouldProcess = true)]
[OutputType(typeof(CinderQos))]
public sealed class NewCinderQosCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The name, 1 to 255 characters. No other QoS specs have it.")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(HelpMessage = "Limits of speed: @{ total_iops_sec = 500 }.")]
    [ValidateNotNull]
    public Hashtable Spec { get; set; } = [];

    [Parameter(HelpMessage = "Who carries the limits out: the backend by default.")]
    public QosConsumer Consumer { get; set; }

    protected override void Process() => ForItem(Name, () =>
        NewCinderQosOperation.Run(new NewCinderQosRequest(Existing, () => Connected, Name, Consumer, TextTable.Of(Spec)), Host));
}
