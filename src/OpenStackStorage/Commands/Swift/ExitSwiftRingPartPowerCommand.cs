using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Finishes an increase of a ring's part power.</summary>
[Cmdlet(VerbsCommon.Exit, "SwiftRingPartPower", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(Model.SwiftRing))]
public sealed class ExitSwiftRingPartPowerCommand : PartPowerCmdlet
{
    protected override PartPowerStep Step => PartPowerStep.Finish;
}
