using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace OpenStackStorage.Rings;

/// <summary>A ring in use: which devices hold a name's replicas, and which stand in for them. Source: swift/common/ring/ring.py.</summary>
/// <remarks>Safe for use by several threads at once.</remarks>
public sealed class Ring
{
    private readonly TierPath[] _paths;
    private readonly Lazy<int[]> _assignedTiers;
    private readonly TierTree _tree;

    /// <exception cref="RingException"><see cref="ErrorIds.RingNotRebalanced"/>.</exception>
    public Ring(RingData data)
    {
        if (data.Assignments.RowCount == 0)
            throw new RingException(ErrorIds.RingNotRebalanced, "The ring has no assignments: it was never rebalanced.");
        Data = data;
        _tree = new TierTree(data.Devices);
        _paths = _tree.Paths;
        _assignedTiers = new Lazy<int[]>(CountAssignedTiers);
    }

    public RingData Data { get; }

    /// <summary>Partitions.</summary>
    public int Parts => Data.Assignments.RowLength(0);

    /// <summary>The partition of an account, container or object.</summary>
    public RingPartition GetPartition(HashPath hashPath, string account, string? container = null, string? obj = null) =>
        new((int)((ulong)hashPath.Start(account, container, obj) >> Data.PartShift));

    /// <summary>The devices that hold the partition, in the order of its replicas; a device that holds two comes once.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingParameterInvalid"/>.</exception>
    public IReadOnlyList<RingDevice> GetPrimaries(RingPartition partition)
    {
        Check(partition);
        List<RingDevice> primaries = new(Data.Assignments.RowCount);
        for (int row = 0; row < Data.Assignments.RowCount; row++)
        {
            if (DeviceAt(row, partition.Value) is { } device && !primaries.Contains(device))
                primaries.Add(device);
        }

        return primaries;
    }

    /// <summary>
    /// The devices that stand in for primaries out of reach, the best first: in new regions, then in new zones, then on new
    /// servers, then all others. Worked out one by one as they are taken. Source: ring.py, get_more_nodes.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingParameterInvalid"/>.</exception>
    public IEnumerable<RingDevice> GetHandoffs(RingPartition partition)
    {
        Check(partition);
        return Handoffs(partition);
    }

    private IEnumerable<RingDevice> Handoffs(RingPartition partition)
    {
        HashSet<int> seen = [];
        int[] left = (int[])_assignedTiers.Value.Clone();
        foreach (RingDevice device in GetPrimaries(partition))
            See(_paths[device.Id.Value], seen, left);

        int parts = Parts;
        int start = HandoffStart(partition);
        int step = Math.Max(1, parts / 65536);
        for (int level = 1; level < TierTree.Levels; level++)
        {
            for (int part = start; left[level] != 0;)
            {
                for (int row = 0; row < Data.Assignments.RowCount && left[level] != 0; row++)
                {
                    if (DeviceAt(row, part) is not { } device)
                        continue;
                    TierPath path = _paths[device.Id.Value];
                    if (seen.Contains(NodeAt(path, level)))
                        continue;
                    See(path, seen, left);
                    yield return device;
                }

                bool wasBeforeStart = part < start;
                part += step;
                if (!wasBeforeStart && part >= parts)
                    part = step - ((parts - start) % step);
                else if (!wasBeforeStart)
                    continue;
                if (part >= start)
                    break;
            }
        }
    }

    /// <summary>Marks a device's tiers as used, and counts those that were new.</summary>
    private static void See(in TierPath path, HashSet<int> seen, int[] left)
    {
        for (int level = 1; level < TierTree.Levels; level++)
        {
            if (seen.Add(NodeAt(path, level)))
                left[level]--;
        }
    }

    private static int NodeAt(in TierPath path, int level) => level switch
    {
        1 => path.Region,
        2 => path.Zone,
        3 => path.Server,
        _ => path.Device,
    };

    /// <summary>By level: tiers with devices that hold partitions.</summary>
    private int[] CountAssignedTiers()
    {
        bool[] isAssigned = new bool[_paths.Length];
        RingAssignments table = Data.Assignments;
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.Narrow is { } narrow)
            {
                foreach (ushort id in narrow[row])
                    if (id < isAssigned.Length)
                        isAssigned[id] = true;
            }
            else
            {
                foreach (uint id in table.Wide![row])
                    if (id < (uint)isAssigned.Length)
                        isAssigned[id] = true;
            }
        }

        HashSet<int> seen = [];
        int[] left = new int[TierTree.Levels];
        for (int id = 0; id < isAssigned.Length; id++)
        {
            if (isAssigned[id] && Data.Devices[id] is not null)
                See(_paths[id], seen, left);
        }

        return Array.ConvertAll(left, count => -count);
    }

    private int HandoffStart(RingPartition partition)
    {
        Span<byte> digits = stackalloc byte[16];
        partition.Value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // Swift's own choice; nothing is protected by it.
        MD5.HashData(digits[..length], hash);
#pragma warning restore CA5351
        return (int)((ulong)BinaryPrimitives.ReadUInt32BigEndian(hash) >> Data.PartShift);
    }

    private RingDevice? DeviceAt(int row, int part)
    {
        RingAssignments table = Data.Assignments;
        if (part >= table.RowLength(row))
            return null;
        uint id = table.Narrow is { } narrow ? narrow[row][part] : table.Wide![row][part];
        return id < (uint)Data.Devices.Count ? Data.Devices[(int)id] : null;
    }

    private void Check(RingPartition partition)
    {
        if (partition.Value < 0 || partition.Value >= Parts)
            throw RingErrors.Invalid("The partition", $"{partition}", RingErrors.Text($"0 to {Parts - 1}"));
    }
}
