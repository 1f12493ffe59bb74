using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Adds devices to a ring. All that come by one pipeline are written at once.</summary>
[Cmdlet(VerbsCommon.Add, "SwiftRingDevice", DefaultParameterSetName = FieldsSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRingDevice))]
public sealed class AddSwiftRingDeviceCommand : StorageCmdlet
{
    private const string FieldsSet = "Fields";
    private const string SpecSet = "Spec";

    private readonly Dictionary<string, List<RingDeviceSpec>> _devices = [];

    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The builder file.")]
    [Alias("BuilderPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(ParameterSetName = FieldsSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The region's number; 1 by default.")]
    public int Region { get; set; } = 1;

    [Parameter(ParameterSetName = FieldsSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The zone's number.")]
    public int Zone { get; set; }

    [Parameter(ParameterSetName = FieldsSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The server's address or host name.")]
    [ValidateNotNullOrEmpty]
    public string Ip { get; set; } = "";

    [Parameter(ParameterSetName = FieldsSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The port of the server for this ring: 6200 for objects.")]
    public int Port { get; set; }

    [Parameter(ParameterSetName = FieldsSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The name of the disk on its server: sda.")]
    [ValidateNotNullOrEmpty]
    public string Device { get; set; } = "";

    [Parameter(ParameterSetName = SpecSet, Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true,
        HelpMessage = "All in one, as swift-ring-builder takes it: r1z2-10.0.0.1:6200/sda.")]
    [ValidateNotNullOrEmpty]
    public string Spec { get; set; } = "";

    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true, HelpMessage = "The device's share of the partitions, relative to the others'.")]
    public double Weight { get; set; }

    [Parameter(ParameterSetName = FieldsSet, ValueFromPipelineByPropertyName = true, HelpMessage = "Where replication connects to, if not to the address.")]
    [Alias("replication_ip")]
    public string? ReplicationIp { get; set; }

    [Parameter(ParameterSetName = FieldsSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The port of replication, if not the port.")]
    [Alias("replication_port")]
    public int? ReplicationPort { get; set; }

    [Parameter(ParameterSetName = FieldsSet, ValueFromPipelineByPropertyName = true, HelpMessage = "Free text.")]
    public string Meta { get; set; } = "";

    protected override void Process()
    {
        string path = Host.ResolvePaths(Path, literal: true)[0];
        if (!_devices.TryGetValue(path, out List<RingDeviceSpec>? devices))
            _devices[path] = devices = [];
        devices.Add(ParameterSetName == SpecSet ? FromSpec() : FromFields());
    }

    protected override void Complete()
    {
        foreach ((string path, List<RingDeviceSpec> devices) in _devices)
            ForItem(path, () => AddSwiftRingDeviceOperation.Run(new AddSwiftRingDeviceRequest(path, devices), Host));
    }

    private RingDeviceSpec FromSpec()
    {
        RingDeviceSpec spec = RingDeviceSpec.Parse(Spec, Weight);
        if (!spec.HasRegion)
            Host.WriteWarning($"'{Spec}' names no region: region 1 is taken.");
        return spec;
    }

    private RingDeviceSpec FromFields() => new()
    {
        Region = Region,
        Zone = Zone,
        Ip = RingAddress.Normalize(Ip),
        Port = Port,
        // An empty column of a CSV file is as good as none; PowerShell makes 0 of it for a number.
        ReplicationIp = string.IsNullOrEmpty(ReplicationIp) ? null : RingAddress.Normalize(ReplicationIp),
        ReplicationPort = ReplicationPort is 0 ? null : ReplicationPort,
        Device = Device,
        Weight = Weight,
        Meta = Meta ?? "",
    };
}
