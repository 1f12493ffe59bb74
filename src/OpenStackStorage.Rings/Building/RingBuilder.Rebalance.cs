using System.Numerics;

namespace OpenStackStorage.Rings;

/// <content>Assigning partitions to devices.</content>
public sealed partial class RingBuilder
{
    /// <summary>
    /// Assigns partitions to devices anew, moving as few as the weights, the dispersion and the hours since their last move
    /// allow. The same seed gives the same ring as Swift. Source: builder.py, rebalance.
    /// </summary>
    /// <remarks>It stops within milliseconds of <paramref name="token"/>. A stop or failure leaves the builder as it was.</remarks>
    /// <param name="progress">Counts partitions looked at; the total grows when another round is needed.</param>
    /// <exception cref="RingException">
    /// <see cref="ErrorIds.RingEmpty"/>, <see cref="ErrorIds.RingDevicesTooFew"/>, <see cref="ErrorIds.RingUnsolvable"/>,
    /// <see cref="ErrorIds.RingPartPowerState"/>, <see cref="ErrorIds.RingInconsistent"/>, <see cref="ErrorIds.RingTooLarge"/>.
    /// </exception>
    public RebalanceResult Rebalance(RebalanceOptions? options = null, WorkProgress? progress = null, CancellationToken token = default)
    {
        options ??= new RebalanceOptions();
        RefuseDuringPartPowerIncrease("rebalance");
        double balanceBefore = GetBalance();
        CheckCanRebalance(token);
        return DeviceIdBytes == 2
            ? Rebalance(Assignments?.Narrow ?? [], rows => new RingAssignments(rows), balanceBefore, options, progress, token)
            : Rebalance(Assignments?.Wide ?? [], rows => new RingAssignments(rows), balanceBefore, options, progress, token);
    }

    /// <summary>Seconds until partitions that moved last may move again. Source: builder.py, min_part_seconds_left.</summary>
    public long MinPartSecondsLeft(TimeProvider? clock = null) =>
        Math.Max(0, (MinPartHours * 3600L) - (Now(clock) - LastPartMovesEpoch));

    private static long Now(TimeProvider? clock) => (clock ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds();

    private RebalanceResult Rebalance<TId>(
        TId[][] rows, Func<TId[][], RingAssignments> wrap, double balanceBefore, RebalanceOptions options, WorkProgress? progress, CancellationToken token)
        where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId>
    {
        long now = Now(options.Clock);
        long secondsLeft = MinPartSecondsLeft(options.Clock);
        long elapsedHours = (now - LastPartMovesEpoch) / 3600;
        Rebalancer<TId> rebalancer = new(this, rows, options.Seed.CreateRandom(), progress, token);
        rebalancer.Run(elapsedHours);

        RingDevice?[] devices = [.. _devices];
        foreach (RingDevice removed in _removedDevices)
            devices[removed.Id.Value] = null;
        DispersionCount dispersion = DispersionCount.Compute(
            devices, rebalancer.Rows, rows, Replicas, Parts, options.Compatible, progress, token);

        RebalanceChange before = new(balanceBefore, Dispersion, DevicesChanged, secondsLeft);
        int removedCount = _removedDevices.Count;
        Commit(rebalancer, wrap(rebalancer.Rows), dispersion);
        if (elapsedHours > 0)
            LastPartMovesEpoch = now;
        return new RebalanceResult
        {
            Before = before,
            PartsMoved = dispersion.Moved,
            Balance = GetBalance(),
            Dispersion = dispersion.Percent,
            RemovedDevices = removedCount,
            IsSettled = rebalancer.IsSettled,
            Parts = Parts,
            Overload = Overload,
            MinPartHours = MinPartHours,
        };
    }

    private void Commit<TId>(Rebalancer<TId> rebalancer, RingAssignments table, DispersionCount dispersion)
        where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId>
    {
        for (int id = 0; id < _devices.Count; id++)
        {
            if (_devices[id] is not { } device)
                continue;
            device.Parts = rebalancer.Parts[id];
            device.PartsWanted = rebalancer.PartsWanted[id];
        }

        RemoveMarkedDevices();
        Assignments = table.DeviceIdBytes > 2 && _devices.Count < RingAssignments.NarrowNone / 2 ? table.Resize(2) : table;
        LastPartMoves = rebalancer.LastMoves;
        LastPartGatherStart = rebalancer.GatherStart;
        DispersionGraph = dispersion.Graph;
        Dispersion = dispersion.Percent;
        DevicesChanged = false;
        Version++;
    }

    /// <summary>Source: builder.py, _remove_failed_devices: the ids at the end are given up, those in between wait for new devices.</summary>
    private void RemoveMarkedDevices()
    {
        foreach (RingDevice removed in _removedDevices)
            _devices[removed.Id.Value] = null;
        if (_removedDevices.Count > 0)
        {
            _firstFree = 0;
            IndexLocations();
        }

        _removedDevices.Clear();
        while (_devices.Count > 0 && _devices[^1] is null)
            _devices.RemoveAt(_devices.Count - 1);
        _firstFree = Math.Min(_firstFree, _devices.Count);
    }

    private void CheckCanRebalance(CancellationToken token)
    {
        int weighted = 0;
        foreach (RingDevice? device in _devices)
        {
            if (device is { Weight: > 0 })
                weighted++;
        }

        if (weighted < Replicas)
        {
            throw new RingException(
                ErrorIds.RingDevicesTooFew, RingErrors.Text($"{Replicas:R} replicas need as many devices with weight; the ring has {weighted}."));
        }

        foreach (RingDevice removed in _removedDevices)
        {
            if (removed.Weight > 0)
                throw RingErrors.Corrupt($"Device {removed.Id.Value} waits for its removal and has the weight {removed.Weight:R}; 0 was expected.");
        }

        if (LastPartMoves.Length != Parts)
            throw RingErrors.Corrupt($"The builder knows the last moves of {LastPartMoves.Length} partitions; {Parts} were expected.");
        CheckTable(allowNone: true, token);
        CheckMemory();
    }

    private void CheckMemory()
    {
        const int bytesPerPart = 4 + 1 + 1 + 1;
        double needed = Parts * ((Replicas * DeviceIdBytes * (Assignments is null ? 1 : 2)) + bytesPerPart);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new RingException(
                ErrorIds.RingTooLarge, RingErrors.Text($"A rebalance of {Parts} partitions needs {needed:F0} bytes of memory; {available} are there."));
        }
    }
}
