using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the devices of ring builder files and ring files.</summary>
[Cmdlet(VerbsCommon.Get, "SwiftRingDevice", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingDevice))]
public sealed class GetSwiftRingDeviceCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "Swift's search value: d1r2z3-10.0.0.1:6200/sda_meta, or any part of it.")]
    [ValidateNotNullOrEmpty]
    public string? Search { get; set; }

    [Parameter(HelpMessage = "The devices' numbers in the ring.")]
    public int[] Id { get; set; } = [];

    [Parameter(HelpMessage = "Devices of this region only.")]
    public int? Region { get; set; }

    [Parameter(HelpMessage = "Devices of this zone only.")]
    public int? Zone { get; set; }

    [Parameter(HelpMessage = "Devices of the server with this address only.")]
    public string? Ip { get; set; }

    [Parameter(HelpMessage = "Devices of this name only: sda.")]
    public string? Device { get; set; }

    protected override void ProcessFile(string path) =>
        GetSwiftRingDeviceOperation.Run(
            new GetSwiftRingDeviceRequest(path, new RingDeviceFilter { Ids = Id, Search = Search, Region = Region, Zone = Zone, Ip = Ip, Device = Device }),
            Host);
}
