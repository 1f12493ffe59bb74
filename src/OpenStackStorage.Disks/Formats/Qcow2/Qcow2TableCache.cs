namespace OpenStackStorage.Disks;

/// <summary>
/// The L2 tables or refcount blocks that were used last, at most 8 MiB of them (at least four). A table once handed out
/// never changes, so that readers need no lock while they look at it.
/// </summary>
internal sealed class Qcow2TableCache(BlockDevice device, int clusterSize, bool salvage = false)
{
    private const int Budget = 8 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, LinkedListNode<(long Offset, byte[] Table)>> _tables = [];
    private readonly LinkedList<(long Offset, byte[] Table)> _recent = new();
    private readonly int _capacity = Math.Clamp(Budget / clusterSize, 4, 128);

    public byte[] Get(long offset)
    {
        lock (_lock)
        {
            if (_tables.TryGetValue(offset, out LinkedListNode<(long Offset, byte[] Table)>? node))
            {
                if (node != _recent.First)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                }

                return node.Value.Table;
            }

            byte[] table = new byte[clusterSize];
            Qcow2Entry.ReadTable(device, offset, table, salvage);
            if (_tables.Count >= _capacity)
            {
                _tables.Remove(_recent.Last!.Value.Offset);
                _recent.RemoveLast();
            }

            _tables[offset] = _recent.AddFirst((offset, table));
            return table;
        }
    }
}
