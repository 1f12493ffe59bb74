using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Prepares an increase of a ring's part power.</summary>
[Cmdlet(VerbsCommon.Enter, "SwiftRingPartPower", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(Model.SwiftRing))]
public sealed class EnterSwiftRingPartPowerCommand : PartPowerCmdlet
{
    protected override PartPowerStep Step => PartPowerStep.Prepare;
}
