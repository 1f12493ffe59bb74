using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Cancels an increase of a ring's part power before it is finished.</summary>
[Cmdlet(VerbsCommon.Undo, "SwiftRingPartPower", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(Model.SwiftRing))]
public sealed class UndoSwiftRingPartPowerCommand : PartPowerCmdlet
{
    protected override PartPowerStep Step => PartPowerStep.Cancel;
}
