using System.Numerics;

namespace OpenStackStorage.Rings;

/// <summary>How many partitions have 0, 1, 2.. replicas in each tier, and what moved. Source: builder.py, _build_dispersion_graph.</summary>
internal sealed record DispersionCount(IReadOnlyList<KeyValuePair<RingTier, int[]>> Graph, double Percent, long Moved)
{
    /// <param name="old">The table before; empty if there was none.</param>
    /// <param name="compatible">Only partitions with a replica in every row are counted, as upstream's zip over the rows does.</param>
    public static DispersionCount Compute<TId>(
        IReadOnlyList<RingDevice?> devices,
        TId[][] rows,
        TId[][] old,
        double replicas,
        int parts,
        bool compatible,
        WorkProgress? progress,
        CancellationToken token)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        TierTree tree = new(devices);
        int counted = compatible ? rows.Min(row => row.Length) : parts;
        double[] maximum = WantedReplicas.EvenSplit(replicas, tree, Math.Ceiling);
        int workers = counted < 1 << 16 ? 1 : Math.Min(Environment.ProcessorCount, 8);
        Worker<TId>[] work = new Worker<TId>[workers];
        Parallel.For(0, workers, worker =>
        {
            work[worker] = new Worker<TId>(tree, maximum, rows, old);
            work[worker].Count((int)((long)counted * worker / workers), (int)((long)counted * (worker + 1) / workers), progress, token);
        });
        token.ThrowIfCancellationRequested();
        for (int worker = 1; worker < workers; worker++)
            work[0].Add(work[worker]);
        return new DispersionCount(
            work[0].Graph(parts, (int)Math.Ceiling(replicas)), 100.0 * work[0].AtRisk / (parts * replicas), work[0].Moved);
    }

    /// <summary>Counts a range of partitions.</summary>
    private sealed class Worker<TId>(TierTree tree, double[] maximum, TId[][] rows, TId[][] old)
        where TId : unmanaged, IBinaryInteger<TId>
    {
        private const int Stride = 4096;

        private readonly int _width = rows.Length + 1;
        private readonly int[] _tally = new int[tree.Count * (rows.Length + 1)];
        private readonly int[] _replicasAt = new int[tree.Count];
        private readonly int[] _limit = Array.ConvertAll(maximum, value => (int)value);
        private readonly TierPath[] _held = new TierPath[rows.Length];

        /// <summary>Replicas above the limit of their tier, counted for each partition at its worst level.</summary>
        public long AtRisk { get; private set; }

        public long Moved { get; private set; }

        public void Count(int from, int to, WorkProgress? progress, CancellationToken token)
        {
            TierPath[] paths = tree.Paths;
            long moved = 0, atRisk = 0;
            for (int part = from; part < to; part++)
            {
                if ((part - from) % Stride == 0)
                {
                    if (token.IsCancellationRequested)
                        return;
                    progress?.Add(Math.Min(Stride, to - part));
                }

                int held = 0;
                for (int row = 0; row < rows.Length; row++)
                {
                    TId[] ids = rows[row];
                    if (part >= ids.Length)
                        continue;
                    TId id = ids[part];
                    if (row >= old.Length || part >= old[row].Length || old[row][part] != id)
                        moved++;
                    TierPath path = paths[int.CreateTruncating(id)];
                    _held[held++] = path;
                    _replicasAt[path.Region]++;
                    _replicasAt[path.Zone]++;
                    _replicasAt[path.Server]++;
                    _replicasAt[path.Device]++;
                }

                int region = 0, zone = 0, server = 0, device = 0;
                for (int i = 0; i < held; i++)
                {
                    region += Take(_held[i].Region);
                    zone += Take(_held[i].Zone);
                    server += Take(_held[i].Server);
                    device += Take(_held[i].Device);
                }

                atRisk += Math.Max(Math.Max(region, zone), Math.Max(server, device));
            }

            Moved += moved;
            AtRisk += atRisk;
        }

        public void Add(Worker<TId> other)
        {
            for (int i = 0; i < _tally.Length; i++)
                _tally[i] += other._tally[i];
            AtRisk += other.AtRisk;
            Moved += other.Moved;
        }

        public List<KeyValuePair<RingTier, int[]>> Graph(int parts, int replicas)
        {
            List<KeyValuePair<RingTier, int[]>> graph = [];
            for (int node = 1; node < tree.Count; node++)
            {
                int[] counts = new int[replicas + 1];
                int present = 0;
                for (int count = 1; count < _width; count++)
                    present += counts[count] = _tally[(node * _width) + count];
                if (present == 0)
                    continue;
                counts[0] = parts - present;
                graph.Add(new(tree.TierAt(node), counts));
            }

            graph.Sort(static (left, right) => left.Key.CompareTo(right.Key));
            return graph;
        }

        /// <summary>Moves a tier's replicas of the partition in hand into the tally; how many of them are too many.</summary>
        private int Take(int node)
        {
            int count = _replicasAt[node];
            if (count == 0)
                return 0;
            _replicasAt[node] = 0;
            _tally[(node * _width) + count]++;
            return Math.Max(0, count - _limit[node]);
        }
    }
}
