using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Shows what is left of a ring's partitions when a part of the cluster fails.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "SwiftRingFailure", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingFailure))]
public sealed class MeasureSwiftRingFailureCommand : FileCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "What fails at a time: each region, zone, server or device.")]
    public RingTierLevel? Tier { get; set; }

    protected override void ProcessFile(string path) =>
        MeasureSwiftRingFailureOperation.Run(new MeasureSwiftRingFailureRequest(path, Tier!.Value), Host);
}
