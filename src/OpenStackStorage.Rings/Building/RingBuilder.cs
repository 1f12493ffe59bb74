namespace OpenStackStorage.Rings;

/// <summary>
/// A ring being built: devices, what was assigned to them, and when each partition last moved. The rules are those of
/// swift/common/ring/builder.py; docs/design/ring-rebalance.md says which rule stands where.
/// </summary>
/// <remarks>Not safe for use by several threads at once. An operation that throws leaves the builder as it was.</remarks>
public sealed partial class RingBuilder
{
    /// <summary>
    /// Swift allows 32. A table of more than 2^30 partitions can't be held in one array per replica, and would take 12 GiB
    /// for three replicas.
    /// </summary>
    public const int MaximumPartPower = 30;

    private readonly List<RingDevice?> _devices = [];
    private readonly List<RingDevice> _removedDevices = [];
    private readonly Dictionary<Location, int> _locations = [];
    private int _firstFree;

    /// <summary>A builder without devices.</summary>
    /// <param name="partPower">0 to <see cref="MaximumPartPower"/>: the ring has 2^partPower partitions for ever, or until it is increased.</param>
    /// <param name="replicas">From 1; may have a fraction.</param>
    /// <param name="minPartHours">0 or more.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingParameterInvalid"/>, <see cref="ErrorIds.RingTooLarge"/>.</exception>
    public RingBuilder(int partPower, double replicas, int minPartHours)
    {
        if (partPower is < 0 or > 32)
            throw RingErrors.Invalid("The part power", $"{partPower}", "0 to 32");
        if (partPower > MaximumPartPower)
            throw new RingException(ErrorIds.RingTooLarge, RingErrors.Text($"The part power is {partPower}: rings of at most 2^{MaximumPartPower} partitions can be built."));
        CheckReplicas(replicas);
        CheckMinPartHours(minPartHours);
        PartPower = partPower;
        Replicas = replicas;
        MinPartHours = minPartHours;
        Dispersion = 0;
        LastPartMoves = new byte[Parts];
    }

    /// <summary>For files: every property must be set by what was read.</summary>
    internal RingBuilder()
    {
    }

    /// <summary>How sums are rounded; not part of the file.</summary>
    public PythonSum PythonSum { get; set; }

    /// <summary>0 to <see cref="MaximumPartPower"/>.</summary>
    public int PartPower { get; internal set; }

    /// <summary>Set from the preparation to the end of an increase of the part power.</summary>
    public int? NextPartPower { get; internal set; }

    /// <summary>Bits by which a hash's first 32 are shifted down to its partition.</summary>
    public int PartShift => 32 - PartPower;

    /// <summary>Partitions: 2^<see cref="PartPower"/>.</summary>
    public int Parts => 1 << PartPower;

    /// <summary>From 1. With 2.5, every second partition has three replicas, and the others two.</summary>
    public double Replicas { get; internal set; }

    /// <summary>Python holds the replicas as an <c>int</c> in the file.</summary>
    public bool ReplicasIsInteger { get; internal set; }

    /// <summary>Hours for which a partition that moved is left alone.</summary>
    public int MinPartHours { get; internal set; }

    /// <summary>By id; null where a device was removed.</summary>
    public IReadOnlyList<RingDevice?> Devices => _devices;

    /// <summary>Devices that the next rebalance takes out: the same objects as in <see cref="Devices"/>.</summary>
    public IReadOnlyList<RingDevice> RemovedDevices => _removedDevices;

    /// <summary>Devices, weights or replicas were changed since the last rebalance.</summary>
    public bool DevicesChanged { get; internal set; }

    /// <summary>Counts changes.</summary>
    public int Version { get; internal set; }

    /// <summary>By how much a device may get more than its weight asks for, for better dispersion: 0.1 is 10%.</summary>
    public double Overload { get; internal set; }

    /// <summary>Null before the first rebalance.</summary>
    public RingAssignments? Assignments { get; internal set; }

    /// <summary>Bytes of a device id in the table: 2 or 4.</summary>
    public int DeviceIdBytes => Assignments is { RowCount: > 0 } table ? table.DeviceIdBytes : RingAssignments.BytesFor(_devices.Count);

    /// <summary>Hours since each partition moved, counted from <see cref="LastPartMovesEpoch"/>, at most 255.</summary>
    public byte[] LastPartMoves { get; internal set; } = [];

    /// <summary>Seconds since 1970; 0 for never.</summary>
    public long LastPartMovesEpoch { get; internal set; }

    /// <summary>The partition at which the last search for moves began.</summary>
    public int LastPartGatherStart { get; internal set; }

    /// <summary>Per tier: partitions with 0, 1, 2.. replicas in it. Sorted by tier after a rebalance; empty before.</summary>
    public IReadOnlyList<KeyValuePair<RingTier, int[]>> DispersionGraph { get; internal set; } = [];

    /// <summary>Percent of partition replicas that share a tier with more others than needed; null in files older than it.</summary>
    public double? Dispersion { get; internal set; }

    /// <summary>32 hexadecimal digits, given by the first save; null before.</summary>
    public string? Id { get; internal set; }

    /// <summary>For files: the devices by id and those of them that wait for removal.</summary>
    internal void SetDevices(IEnumerable<RingDevice?> devices, IEnumerable<RingDevice> removedDevices)
    {
        _devices.Clear();
        _devices.AddRange(devices);
        _removedDevices.Clear();
        _removedDevices.AddRange(removedDevices);
        _firstFree = 0;
        IndexLocations();
    }

    private void IndexLocations()
    {
        _locations.Clear();
        foreach (RingDevice? device in _devices)
        {
            if (device is not null)
                _locations[Location.Of(device)] = device.Id.Value;
        }
    }
}
