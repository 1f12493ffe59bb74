using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes an empty ring builder file.</summary>
[Cmdlet(VerbsCommon.New, "SwiftRing", SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRing))]
public sealed class NewSwiftRingCommand : StorageCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The builder file to make: object.builder.")]
    [Alias("BuilderPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The ring has 2 to the power of this many partitions: 0 to 30. It can only grow later.")]
    public int PartPower { get; set; }

    [Parameter(Mandatory = true, Position = 2, HelpMessage = "Replicas of each partition, from 1; may have a fraction.")]
    [Alias("Replicas")]
    public double Replica { get; set; }

    [Parameter(Mandatory = true, Position = 3, HelpMessage = "Hours for which a partition that moved is left alone.")]
    public int MinPartHours { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }

    protected override void Process() =>
        NewSwiftRingOperation.Run(new NewSwiftRingRequest(Path, PartPower, Replica, MinPartHours, Force), Host);
}
