using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Shows what moves when one ring takes the place of another.</summary>
[Cmdlet(VerbsData.Compare, "SwiftRing")]
[OutputType(typeof(SwiftRingDifference))]
public sealed class CompareSwiftRingCommand : StorageCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The builder or ring file that is in use.")]
    [ValidateNotNullOrEmpty]
    public string ReferencePath { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The builder or ring file that is to take its place.")]
    [ValidateNotNullOrEmpty]
    public string DifferencePath { get; set; } = "";

    [Parameter(HelpMessage = "Only the cluster as a whole, regions, zones, servers or devices.")]
    public RingTierLevel? Tier { get; set; }

    protected override void Process() =>
        CompareSwiftRingOperation.Run(new CompareSwiftRingRequest(ReferencePath, DifferencePath) { Tier = Tier }, Host);
}
