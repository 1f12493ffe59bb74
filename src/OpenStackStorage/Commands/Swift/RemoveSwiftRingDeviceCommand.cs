using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Marks devices of a ring for removal.</summary>
[Cmdlet(VerbsCommon.Remove, "SwiftRingDevice", DefaultParameterSetName = ObjectSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRingDevice))]
public sealed class RemoveSwiftRingDeviceCommand : RingDeviceCmdlet
{
    [Parameter(HelpMessage = "Output the devices as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessDevices(string path, IReadOnlyList<RingDeviceFilter> filters) =>
        RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(path, filters, PassThru), Host);
}
