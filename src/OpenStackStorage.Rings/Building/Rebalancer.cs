using System.Numerics;

namespace OpenStackStorage.Rings;

/// <summary>
/// One rebalance. It works on copies, so that a stop or failure leaves the builder as it was. The order of all steps, down to
/// that of the random numbers, is upstream's. Source: builder.py, rebalance.
/// </summary>
/// <typeparam name="TId">A device id as rows hold it: its highest value stands for "no device yet".</typeparam>
internal sealed partial class Rebalancer<TId>
    where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId>
{
    private const int MaximumRounds = 3;

    /// <summary>Partitions between two looks at the stop token: well below a millisecond.</summary>
    private const int Stride = 4096;

    private readonly RingBuilder _builder;
    private readonly PythonRandom _random;
    private readonly CancellationToken _token;
    private readonly WorkProgress? _progress;
    private readonly int _partCount;
    private readonly TierTree _tree;
    private readonly ReplicaPlan _plan;
    private readonly TierPath[] _paths;
    private readonly GatheredParts _gathered;
    private readonly bool[] _isMoved;
    private readonly bool[] _isRemoved;
    private readonly int[] _replicasAt;

    /// <summary>Room for the replicas of one partition: rows, and the devices in them.</summary>
    private readonly PartReplica[] _part;
    private readonly int[] _homeless;

    private TId[][] _rows;

    public Rebalancer(RingBuilder builder, TId[][] rows, PythonRandom random, WorkProgress? progress, CancellationToken token)
    {
        _builder = builder;
        _random = random;
        _progress = progress;
        _token = token;
        _partCount = builder.Parts;
        _tree = new TierTree(builder.Devices);
        _paths = _tree.Paths;
        _rows = Array.ConvertAll(rows, row => (TId[])row.Clone());
        _gathered = new GatheredParts(_partCount);
        _isMoved = new bool[_partCount];
        _isRemoved = new bool[builder.Devices.Count];
        _replicasAt = new int[_tree.Count];
        int rowCount = Math.Max(rows.Length, (int)Math.Ceiling(builder.Replicas));
        _part = new PartReplica[rowCount];
        _homeless = new int[rowCount];
        LastMoves = (byte[])builder.LastPartMoves.Clone();
        Parts = new int[builder.Devices.Count];
        PartsWanted = new double[builder.Devices.Count];
        for (int id = 0; id < Parts.Length; id++)
            Parts[id] = builder.Devices[id]?.Parts ?? 0;
        foreach (RingDevice device in builder.RemovedDevices)
            _isRemoved[device.Id.Value] = true;
        _plan = ReplicaPlan.Compute(builder, _tree);
    }

    /// <summary>Hours since each partition moved.</summary>
    public byte[] LastMoves { get; }

    /// <summary>By device id.</summary>
    public int[] Parts { get; }

    /// <summary>By device id.</summary>
    public double[] PartsWanted { get; }

    public TId[][] Rows => _rows;

    public int GatherStart { get; private set; }

    /// <summary>No device is left that holds more than the plan gives it.</summary>
    public bool IsSettled { get; private set; }

    private static TId None => TId.MaxValue;

    /// <param name="elapsedHours">Whole hours since the last moves' epoch; 0 or less for none.</param>
    public void Run(long elapsedHours)
    {
        if (_progress is not null)
            _progress.Total = 4L * _partCount;
        RingBuilder.AgeMoves(LastMoves, elapsedHours);
        SetPartsWanted();
        AdjustRows();
        GatherFromRemovedDevices();
        GatherForDispersion();
        GatherStart = _builder.LastPartGatherStart;
        for (int round = 0; round < MaximumRounds; round++)
        {
            GatherForBalance(canDisperse: round == 0);
            if (_gathered.Count == 0)
                return;
            _random.Shuffle(_gathered.Parts, _token);
            Reassign();
            _gathered.Clear();
            if (!HasOverweight())
            {
                IsSettled = true;
                return;
            }
        }
    }

    private bool HasOverweight()
    {
        for (int id = 0; id < PartsWanted.Length; id++)
        {
            if (PartsWanted[id] < 0 && Exists(id))
                return true;
        }

        return false;
    }

    /// <summary>Removed devices are gone once their partitions are gathered.</summary>
    private bool Exists(int id) => _builder.Devices[id] is not null && !_isRemoved[id];

    /// <summary>From the top down, whole partitions are handed out by target; what is left over goes round from the least target up.</summary>
    private void SetPartsWanted()
    {
        long[] parts = new long[_tree.Count];
        parts[0] = (long)(_builder.Replicas * _partCount);
        for (int node = 0; node < _tree.LevelStart[TierTree.Levels - 1]; node++)
        {
            int[] children = _tree.WeightedChildren(node);
            if (children.Length == 0)
                continue;
            long rest = parts[node];
            foreach (int child in children)
            {
                parts[child] = Math.Min(rest, (long)Math.Floor(_plan.Target[child] * _partCount));
                rest -= parts[child];
            }

            int[] ascending = [.. children.OrderBy(child => _plan.Target[child])];
            for (int i = 0; i < ascending.Length; i++)
                parts[ascending[i]] += (rest / ascending.Length) + (i < rest % ascending.Length ? 1 : 0);
        }

        for (int id = 0; id < Parts.Length; id++)
        {
            if (_builder.Devices[id] is not { } device)
                continue;
            PartsWanted[id] = device.Weight > 0
                ? parts[_paths[id].Device] - Parts[id]
                : -_partCount * _builder.Replicas;
        }
    }

    /// <summary>Makes the rows as many and as long as the replicas ask. Source: _adjust_replica2part2dev_size.</summary>
    private void AdjustRows()
    {
        int whole = (int)_builder.Replicas;
        double fraction = _builder.Replicas - whole;
        int count = whole + (fraction > 0 ? 1 : 0);
        foreach (TId[] row in _rows.AsSpan(Math.Min(count, _rows.Length)))
            Lose(row);
        int old = Math.Min(count, _rows.Length);
        Array.Resize(ref _rows, count);
        _gathered.Reserve(old < whole ? _partCount : 0);
        for (int row = 0; row < count; row++)
        {
            int length = row < whole ? _partCount : (int)(_partCount * fraction);
            _rows[row] ??= [];
            int from = _rows[row].Length;
            if (from > length)
                Lose(_rows[row].AsSpan(length));
            if (from != length)
                Array.Resize(ref _rows[row], length);
            if (from >= length)
                continue;
            _rows[row].AsSpan(from).Fill(None);
            for (int part = from; part < length; part++)
            {
                Tick(part, 0);
                _gathered.Add(part);
            }
        }
    }

    private void Lose(ReadOnlySpan<TId> replicas)
    {
        foreach (TId id in replicas)
        {
            if (id != None)
                Parts[int.CreateTruncating(id)]--;
        }
    }

    /// <summary>Takes all from devices that are to go, whenever it moved last. Source: _gather_parts_from_failed_devices.</summary>
    private void GatherFromRemovedDevices()
    {
        bool[] isGathered = new bool[_isRemoved.Length];
        bool any = false;
        for (int id = 0; id < isGathered.Length; id++)
            any |= isGathered[id] = _isRemoved[id] && Parts[id] != 0;
        if (!any)
            return;
        for (int row = 0; row < _rows.Length; row++)
        {
            TId[] ids = _rows[row];
            for (int part = 0; part < ids.Length; part++)
            {
                Tick(part, 0);
                if (ids[part] != None && isGathered[int.CreateTruncating(ids[part])])
                    Gather(part, row);
            }
        }
    }

    /// <summary>Takes a replica from its device.</summary>
    private void Gather(int part, int row)
    {
        int count = 0;
        for (int other = 0; other < _rows.Length; other++)
        {
            if (part < _rows[other].Length && _rows[other][part] == None)
                _homeless[count++] = other;
        }

        _gathered.Add(part, row, _homeless.AsSpan(0, count));
        _rows[row][part] = None;
        LastMoves[part] = 0;
        _isMoved[part] = true;
    }

    /// <summary>Takes a replica from a device that stays.</summary>
    private void Gather(int part, in PartReplica replica)
    {
        PartsWanted[replica.Device]++;
        Parts[replica.Device]--;
        Gather(part, replica.Row);
    }

    private bool CanMove(int part) => LastMoves[part] >= _builder.MinPartHours && !_isMoved[part];

    /// <summary>Fills <see cref="_part"/> with the replicas of a partition that have a device; how many there are.</summary>
    private int Load(int part)
    {
        int count = 0;
        for (int row = 0; row < _rows.Length; row++)
        {
            TId[] ids = _rows[row];
            if (part >= ids.Length || ids[part] == None)
                continue;
            _part[count++] = new PartReplica(row, int.CreateTruncating(ids[part]));
        }

        return count;
    }

    /// <summary>Looks at the token every <see cref="Stride"/> partitions, and counts them as done.</summary>
    private void Tick(int part, int units = Stride)
    {
        if (part % Stride != 0)
            return;
        _token.ThrowIfCancellationRequested();
        _progress?.Add(Math.Min(units, _partCount));
    }

    /// <summary>A replica of the partition in hand and the id of its device.</summary>
    private readonly record struct PartReplica(int Row, int Device);
}
