using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Removes QoS specs.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderQos", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCinderQosCommand : CinderQosCmdlet
{
    [Parameter(HelpMessage = "Also where volume types have them; they lose them.")]
    public SwitchParameter Force { get; set; }

    protected override void ProcessQos(CinderQos qos) => ChangeCinderQosOperation.Run(
        new ChangeCinderQosRequest(qos.Connection, qos.Name, Force ? "Remove the QoS specs, and take them from the types that have them" : "Remove the QoS specs",
            types => Remove(types, qos.QosId)), Host);

    private QosSpecs Remove(IVolumeTypeService types, Guid id)
    {
        QosSpecs last = types.GetQos(id.ToString());
        types.DeleteQos(id, Force);
        return last;
    }
}
