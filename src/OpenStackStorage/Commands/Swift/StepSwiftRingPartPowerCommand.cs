using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Increases the part power of a ring by one.</summary>
[Cmdlet(VerbsCommon.Step, "SwiftRingPartPower", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(Model.SwiftRing))]
public sealed class StepSwiftRingPartPowerCommand : PartPowerCmdlet
{
    protected override PartPowerStep Step => PartPowerStep.Increase;
}
