using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Shows how far apart the replicas of a ring lie.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "SwiftRing", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingDispersion))]
public sealed class MeasureSwiftRingCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "Only regions, zones, servers or devices.")]
    public RingTierLevel? Tier { get; set; }

    [Parameter(HelpMessage = "Count as Swift does, which leaves out partitions in rings of fractional replicas.")]
    public SwitchParameter Compatible { get; set; }

    protected override void ProcessFile(string path) =>
        MeasureSwiftRingOperation.Run(new MeasureSwiftRingRequest(path) { Tier = Tier, Compatible = Compatible }, Host);
}
