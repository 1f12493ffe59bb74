using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists partitions of rings and the devices that hold them.</summary>
[Cmdlet(VerbsCommon.Get, "SwiftRingPartition", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingPartition))]
public sealed class GetSwiftRingPartitionCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "Replicas on the devices that match Swift's search value: d1r2z3-10.0.0.1:6200/sda_meta, or any part of it.")]
    [ValidateNotNullOrEmpty]
    public string? Search { get; set; }

    [Parameter(HelpMessage = "Replicas on the devices with these numbers.")]
    public int[] Id { get; set; } = [];

    [Parameter(HelpMessage = "These partitions only.")]
    public int[] Partition { get; set; } = [];

    protected override void ProcessFile(string path) =>
        GetSwiftRingPartitionOperation.Run(
            new GetSwiftRingPartitionRequest(path) { Filter = new RingDeviceFilter { Search = Search, Ids = Id }, Partitions = Partition }, Host);
}
