namespace OpenStackStorage.Rings;

/// <content>New homes for the gathered replicas.</content>
internal sealed partial class Rebalancer<TId>
{
    /// <summary>Devices draw for their rank among equals: one random number each, in the order of ids.</summary>
    private int[] Rank()
    {
        List<RankKey> keys = new(Parts.Length);
        for (int id = 0; id < Parts.Length; id++)
        {
            if (!Exists(id))
                continue;
            int draw = _random.UpTo(ushort.MaxValue);
            if (_builder.Devices[id]!.Weight > 0)
                keys.Add(new RankKey(PartsWanted[id], draw, id));
        }

        keys.Sort();
        int[] rank = new int[_tree.Count];
        for (int i = 0; i < keys.Count; i++)
        {
            // A tier ranks as the last of its devices.
            TierPath path = _paths[keys[i].Device];
            rank[path.Region] = rank[path.Zone] = rank[path.Server] = rank[path.Device] = i;
        }

        return rank;
    }

    /// <summary>Each replica goes to the tier with the most room, level by level. Source: _reassign_parts.</summary>
    private void Reassign()
    {
        int[] rank = Rank();
        long[] room = TierWants.Sum(_tree, _builder.Devices, PartsWanted, _isRemoved);
        TierTournament tournament = new(_tree, rank, room, _plan.Maximum);
        if (_progress is not null)
            _progress.Total += _gathered.Count;
        ReadOnlySpan<int> parts = _gathered.Parts;
        for (int i = 0; i < parts.Length; i++)
        {
            Tick(i);
            Rehome(parts[i], tournament);
        }
    }

    private void Rehome(int part, TierTournament tournament)
    {
        TId[][] rows = _rows;
        LastMoves[part] = 0;
        int homeless = 0, held = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            TId[] ids = rows[row];
            if ((uint)part >= (uint)ids.Length)
                continue;
            if (ids[part] == None)
            {
                _homeless[homeless++] = row;
                continue;
            }

            int device = int.CreateTruncating(ids[part]);
            _part[held++] = new PartReplica(row, device);
            tournament.Occupy(_paths[device]);
        }

        _gathered.OrderOf(part)?.CopyTo(_homeless);
        for (int k = 0; k < homeless; k++)
        {
            int row = _homeless[k];
            int node = tournament.Place();
            if (node < 0)
            {
                throw RingErrors.Unsolvable(
                    $"Replica {row} of partition {part} finds no home: every tier holds all the replicas of it that it may.");
            }

            int device = _tree.DeviceAt(node).Value;
            PartsWanted[device]--;
            Parts[device]++;
            rows[row][part] = TId.CreateTruncating(device);
            _part[held++] = new PartReplica(row, device);
        }

        for (int k = 0; k < held; k++)
            tournament.Release(_paths[_part[k].Device]);
    }

    private readonly record struct RankKey(double Wanted, int Draw, int Device) : IComparable<RankKey>
    {
        public int CompareTo(RankKey other)
        {
            int order = Wanted.CompareTo(other.Wanted);
            if (order == 0)
                order = Draw.CompareTo(other.Draw);
            return order == 0 ? Device.CompareTo(other.Device) : order;
        }
    }
}
