using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Changes weights, places or addresses of devices in a ring.</summary>
[Cmdlet(VerbsCommon.Set, "SwiftRingDevice", DefaultParameterSetName = ObjectSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRingDevice))]
public sealed class SetSwiftRingDeviceCommand : RingDeviceCmdlet
{
    [Parameter(HelpMessage = "The device's share of the partitions, relative to the others'; 0 drains it.")]
    public double? Weight { get; set; }

    [Parameter(HelpMessage = "The region that the device moves to.")]
    public int? NewRegion { get; set; }

    [Parameter(HelpMessage = "The zone that the device moves to.")]
    public int? NewZone { get; set; }

    [Parameter(HelpMessage = "The server's new address.")]
    [ValidateNotNullOrEmpty]
    public string? NewIp { get; set; }

    [Parameter(HelpMessage = "The server's new port.")]
    public int? NewPort { get; set; }

    [Parameter(HelpMessage = "The new address for replication.")]
    [ValidateNotNullOrEmpty]
    public string? NewReplicationIp { get; set; }

    [Parameter(HelpMessage = "The new port for replication.")]
    public int? NewReplicationPort { get; set; }

    [Parameter(HelpMessage = "The disk's new name.")]
    [ValidateNotNullOrEmpty]
    public string? NewDevice { get; set; }

    [Parameter(HelpMessage = "The new free text.")]
    public string? NewMeta { get; set; }

    [Parameter(HelpMessage = "Output the devices as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessDevices(string path, IReadOnlyList<RingDeviceFilter> filters) =>
        SetSwiftRingDeviceOperation.Run(
            new SetSwiftRingDeviceRequest(path, filters)
            {
                Weight = Weight,
                NewRegion = NewRegion,
                NewZone = NewZone,
                NewIp = NewIp,
                NewPort = NewPort,
                NewReplicationIp = NewReplicationIp,
                NewReplicationPort = NewReplicationPort,
                NewDevice = NewDevice,
                NewMeta = NewMeta,
                PassThru = PassThru,
            },
            Host);
}
