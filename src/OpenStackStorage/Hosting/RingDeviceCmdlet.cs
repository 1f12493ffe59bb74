using System.Management.Automation;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>
/// The base of cmdlets that change devices of a builder: by object, by number or by search. All that comes by one pipeline
/// is written at once, when the pipeline ends.
/// </summary>
public abstract class RingDeviceCmdlet : StorageCmdlet
{
    /// <summary>The parameter set of <see cref="InputObject"/>.</summary>
    protected const string ObjectSet = "Object";

    /// <summary>The parameter set of <see cref="Id"/>.</summary>
    protected const string IdSet = "Id";

    /// <summary>The parameter set of <see cref="Search"/>.</summary>
    protected const string SearchSet = "Search";

    private readonly Dictionary<string, List<RingDeviceFilter>> _chosen = [];

    [Parameter(ParameterSetName = ObjectSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Devices, as Get-SwiftRingDevice gives them.")]
    [ValidateNotNull]
    public SwiftRingDevice[] InputObject { get; set; } = [];

    [Parameter(ParameterSetName = IdSet, Mandatory = true, Position = 0, HelpMessage = "The builder file.")]
    [Parameter(ParameterSetName = SearchSet, Mandatory = true, Position = 0, HelpMessage = "The builder file.")]
    [Alias("BuilderPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(ParameterSetName = IdSet, Mandatory = true, HelpMessage = "The devices' numbers in the ring.")]
    public int[] Id { get; set; } = [];

    [Parameter(ParameterSetName = SearchSet, Mandatory = true, Position = 1, HelpMessage = "Swift's search value: d1r2z3-10.0.0.1:6200/sda_meta, or any part of it. All devices that match are meant.")]
    [ValidateNotNullOrEmpty]
    public string Search { get; set; } = "";

    /// <summary>Changes the chosen devices of one builder.</summary>
    /// <param name="path">The builder's full path.</param>
    /// <param name="filters">Each chooses some.</param>
    protected abstract void ProcessDevices(string path, IReadOnlyList<RingDeviceFilter> filters);

    protected sealed override void Process()
    {
        switch (ParameterSetName)
        {
            case ObjectSet:
                foreach (SwiftRingDevice device in InputObject)
                    Add(device.Path, new RingDeviceFilter { Ids = [device.Id], Ip = device.Ip, Device = device.Device });
                break;
            case IdSet:
                Add(Path, new RingDeviceFilter { Ids = Id });
                break;
            default:
                Add(Path, new RingDeviceFilter { Search = Search });
                break;
        }
    }

    protected sealed override void Complete()
    {
        foreach ((string path, List<RingDeviceFilter> filters) in _chosen)
            ForItem(path, () => ProcessDevices(path, filters));
    }

    private void Add(string typed, RingDeviceFilter filter)
    {
        string path = Host.ResolvePaths(typed, literal: true)[0];
        if (!_chosen.TryGetValue(path, out List<RingDeviceFilter>? filters))
            _chosen[path] = filters = [];
        filters.Add(filter);
    }
}
