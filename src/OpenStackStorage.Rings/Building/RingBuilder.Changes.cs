namespace OpenStackStorage.Rings;

/// <content>Changes of devices and of the ring's numbers; none of them assigns anything.</content>
public sealed partial class RingBuilder
{
    /// <summary>A replica more would take 2 bytes for each partition; no ring has hundreds.</summary>
    internal const int MaximumReplicas = 1024;

    /// <summary>Source: builder.py, add_dev; the refusals of swift/cli/ringbuilder.py, add.</summary>
    /// <exception cref="RingException">
    /// <see cref="ErrorIds.RingParameterInvalid"/>, <see cref="ErrorIds.RingDeviceDuplicate"/>,
    /// <see cref="ErrorIds.RingPartPowerState"/>.
    /// </exception>
    public RingDevice AddDevice(RingDeviceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        RefuseDuringPartPowerIncrease("add devices");
        int id = spec.Id?.Value ?? FirstFreeId();
        Check(spec, id);
        if (id < _devices.Count && _devices[id] is not null)
            throw new RingException(ErrorIds.RingDeviceDuplicate, RingErrors.Text($"The ring has a device {id} already."));
        RingDevice device = new()
        {
            Id = new RingDeviceId(id),
            Region = spec.Region,
            Zone = spec.Zone,
            Ip = spec.Ip,
            Port = spec.Port,
            ReplicationIp = spec.ReplicationIp ?? spec.Ip,
            ReplicationPort = spec.ReplicationPort ?? spec.Port,
            Device = spec.Device,
            Meta = spec.Meta,
            Weight = spec.Weight,
        };
        RefuseDuplicate(device, device.Ip, device.Port, device.Device);
        while (_devices.Count <= id)
            _devices.Add(null);
        _devices[id] = device;
        _locations.Add(Location.Of(device), id);
        _firstFree = id == _firstFree ? id + 1 : _firstFree;
        if (Assignments is { RowCount: > 0 } table && RingAssignments.BytesFor(id + 1) > table.DeviceIdBytes)
            Assignments = table.Resize(RingAssignments.BytesFor(id + 1));
        Touch();
        return device;
    }

    /// <summary>The device of an id.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingDeviceNotFound"/>.</exception>
    public RingDevice GetDevice(RingDeviceId id) =>
        id.Value >= 0 && id.Value < _devices.Count && _devices[id.Value] is { } device ? device : throw RingErrors.DeviceNotFound(id);

    /// <summary>Devices that match, in the order of ids; those that wait for removal too.</summary>
    public IEnumerable<RingDevice> Search(RingDeviceSearch search)
    {
        foreach (RingDevice? device in _devices)
        {
            if (device is not null && search.Matches(device))
                yield return device;
        }
    }

    /// <summary>The device waits for its removal by the next rebalance.</summary>
    public bool IsRemoved(RingDevice device) => _removedDevices.Contains(device);

    /// <summary>Marks a device for removal by the next rebalance; its weight becomes 0.</summary>
    public void RemoveDevice(RingDeviceId id)
    {
        RefuseDuringPartPowerIncrease("remove devices");
        RingDevice device = GetDevice(id);
        RefuseRemoved(device);
        device.Weight = 0;
        device.WeightIsInteger = true;
        _removedDevices.Add(device);
        Touch();
    }

    public void SetWeight(RingDeviceId id, double weight)
    {
        RingDevice device = GetDevice(id);
        CheckWeight(weight);
        RefuseRemoved(device);
        device.Weight = weight;
        device.WeightIsInteger = false;
        Touch();
    }

    public void SetRegion(RingDeviceId id, int region)
    {
        RingDevice device = GetDevice(id);
        CheckTier("The region", region);
        RefuseRemoved(device);
        device.Region = region;
        Touch();
    }

    public void SetZone(RingDeviceId id, int zone)
    {
        RingDevice device = GetDevice(id);
        CheckTier("The zone", zone);
        RefuseRemoved(device);
        device.Zone = zone;
        Touch();
    }

    /// <summary>
    /// Changes where a device is found; null leaves as it is. The next rebalance is not forced by it and the version stays, as
    /// with set_info of swift/cli/ringbuilder.py.
    /// </summary>
    public void SetInfo(
        RingDeviceId id, string? ip = null, int? port = null, string? replicationIp = null, int? replicationPort = null, string? device = null, string? meta = null)
    {
        RingDevice found = GetDevice(id);
        CheckPort("The port", port ?? found.Port);
        CheckPort("The replication port", replicationPort ?? found.ReplicationPort);
        CheckName("The device name", device ?? found.Device);
        CheckName("The address", ip ?? found.Ip);
        CheckName("The replication address", replicationIp ?? found.ReplicationIp);
        RefuseDuplicate(found, ip ?? found.Ip, port ?? found.Port, device ?? found.Device);
        _locations.Remove(Location.Of(found));
        found.Ip = ip ?? found.Ip;
        found.Port = port ?? found.Port;
        found.ReplicationIp = replicationIp ?? found.ReplicationIp;
        found.ReplicationPort = replicationPort ?? found.ReplicationPort;
        found.Device = device ?? found.Device;
        found.Meta = meta ?? found.Meta;
        _locations[Location.Of(found)] = id.Value;
    }

    /// <summary>Source: builder.py, set_replicas.</summary>
    public void SetReplicas(double replicas)
    {
        CheckReplicas(replicas);
        if ((long)(Parts * Replicas) != (long)(Parts * replicas))
            DevicesChanged = true;
        Replicas = replicas;
        ReplicasIsInteger = false;
    }

    /// <param name="overload">0.1 is 10%.</param>
    public void SetOverload(double overload)
    {
        if (!(overload >= 0) || double.IsInfinity(overload))
            throw RingErrors.Invalid("The overload", $"{overload:R}", "0 or a positive number; 0.1 is 10%");
        Overload = overload;
    }

    public void SetMinPartHours(int hours)
    {
        CheckMinPartHours(hours);
        MinPartHours = hours;
    }

    /// <summary>Lets every partition move at the next rebalance. Objects may be out of reach if the last one is not replicated yet.</summary>
    public void PretendMinPartHoursPassed()
    {
        LastPartMovesEpoch = 0;
        Array.Fill(LastPartMoves, byte.MaxValue);
    }

    private void Touch()
    {
        DevicesChanged = true;
        Version++;
    }

    private int FirstFreeId()
    {
        while (_firstFree < _devices.Count && _devices[_firstFree] is not null)
            _firstFree++;
        return _firstFree;
    }

    private void RefuseRemoved(RingDevice device)
    {
        if (IsRemoved(device))
            throw new RingException(ErrorIds.RingDeviceRemoved, RingErrors.Text($"Device {device.Id.Value} waits for its removal by the next rebalance."));
    }

    private void RefuseDuringPartPowerIncrease(string action)
    {
        if (NextPartPower is not null)
            throw new RingException(ErrorIds.RingPartPowerState, $"The part power is being increased: finish that before you {action}.");
    }

    private void RefuseDuplicate(RingDevice device, string ip, int port, string name)
    {
        if (_locations.TryGetValue(new Location(ip, port, name), out int other) && other != device.Id.Value)
            throw new RingException(ErrorIds.RingDeviceDuplicate, RingErrors.Text($"Device {other} uses {ip}:{port}/{name} already."));
    }

    private static void Check(RingDeviceSpec spec, int id)
    {
        if (id is < 0 or > RingDevice.MaximumId)
            throw RingErrors.Invalid("The device id", $"{id}", $"0 to {RingDevice.MaximumId}");
        CheckTier("The region", spec.Region);
        CheckTier("The zone", spec.Zone);
        CheckPort("The port", spec.Port);
        CheckPort("The replication port", spec.ReplicationPort ?? spec.Port);
        CheckName("The address", spec.Ip);
        CheckName("The replication address", spec.ReplicationIp ?? spec.Ip);
        CheckName("The device name", spec.Device);
        CheckWeight(spec.Weight);
    }

    private static void CheckReplicas(double replicas)
    {
        if (!(replicas is >= 1 and <= MaximumReplicas))
            throw RingErrors.Invalid("The number of replicas", $"{replicas:R}", $"1 to {MaximumReplicas}");
    }

    private static void CheckMinPartHours(int hours)
    {
        if (hours < 0)
            throw RingErrors.Invalid("The minimum of hours between moves", $"{hours}", "0 or more");
    }

    private static void CheckWeight(double weight)
    {
        if (!(weight >= 0) || double.IsInfinity(weight))
            throw RingErrors.Invalid("The weight", $"{weight:R}", "0 or a positive number");
    }

    private static void CheckTier(string what, int number)
    {
        if (number < 0)
            throw RingErrors.Invalid(what, $"{number}", "0 or more");
    }

    private static void CheckPort(string what, int port)
    {
        if (port is < 1 or > ushort.MaxValue)
            throw RingErrors.Invalid(what, $"{port}", "1 to 65535");
    }

    private static void CheckName(string what, string name)
    {
        if (name.Length == 0 || name[0] == ' ' || name[^1] == ' ')
            throw RingErrors.Invalid(what, $"'{name}'", "a text without spaces around it");
    }

    /// <summary>What no two devices of a ring share.</summary>
    private readonly record struct Location(string Ip, int Port, string Device)
    {
        public static Location Of(RingDevice device) => new(device.Ip, device.Port, device.Device);
    }
}
