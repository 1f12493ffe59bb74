using System.Collections;

namespace OpenStackStorage.Rings;

/// <summary>
/// Partitions whose replicas need a home, in the order in which they were first gathered: the order is shuffled later, so it
/// decides about the result. Which replicas they are, the table says itself (those without a device); only where they were not
/// gathered from the first row to the last is their order kept here. So a partition costs 4 bytes.
/// </summary>
internal sealed class GatheredParts(int partCount)
{
    private readonly BitArray _isGathered = new(partCount);
    private readonly Dictionary<int, List<int>> _orders = [];
    private int[] _parts = [];

    public int Count { get; private set; }

    /// <summary>Gathered partitions, in order.</summary>
    public Span<int> Parts => _parts.AsSpan(0, Count);

    /// <summary>Adds a replica before it is taken from the table.</summary>
    /// <param name="others">Replicas of the partition that have no device already, from the first row; empty if none.</param>
    public void Add(int part, int replica, ReadOnlySpan<int> others)
    {
        if (_orders.TryGetValue(part, out List<int>? order))
        {
            order.Add(replica);
            return;
        }

        if (!others.IsEmpty && others[^1] > replica)
            _orders.Add(part, [.. others, replica]);
        Add(part);
    }

    /// <summary>Adds a replica that comes after all others of its partition.</summary>
    public void Add(int part)
    {
        if (_isGathered[part])
            return;
        _isGathered[part] = true;
        if (Count == _parts.Length)
            Grow(Count == 0 ? 1024 : (int)Math.Min(partCount, 2L * Count));
        _parts[Count++] = part;
    }

    /// <summary>Makes room, so that no copy is made while adding.</summary>
    public void Reserve(int count)
    {
        if (_parts.Length < count)
            Grow(count);
    }

    /// <summary>The order of a partition's replicas, where it is not that of the rows.</summary>
    public List<int>? OrderOf(int part) => _orders.Count == 0 ? null : _orders.GetValueOrDefault(part);

    public void Clear()
    {
        _isGathered.SetAll(false);
        _orders.Clear();
        Count = 0;
    }

    private void Grow(int capacity) => Array.Resize(ref _parts, capacity);
}
