namespace OpenStackStorage.Rings;

/// <content>Which replicas must or should move.</content>
internal sealed partial class Rebalancer<TId>
{
    /// <summary>Takes replicas that share a tier with more others than the plan allows. Source: _gather_parts_for_dispersion.</summary>
    private void GatherForDispersion()
    {
        for (int part = 0; part < _partCount; part++)
        {
            Tick(part);
            if (!CanMove(part))
                continue;
            int count = Load(part);
            bool isCrowded = false;
            for (int i = 0; i < count; i++)
                Count(_paths[_part[i].Device], 1);
            for (int i = 0; i < count && !isCrowded; i++)
                isCrowded = IsCrowded(_paths[_part[i].Device]);
            if (isCrowded)
                Disperse(part, _part.AsSpan(0, count));
            else
                Uncount(count);
        }
    }

    private void Disperse(int part, Span<PartReplica> replicas)
    {
        Span<PartReplica> all = replicas.ToArray();
        int crowded = 0;
        foreach (PartReplica replica in all)
        {
            if (IsCrowded(_paths[replica.Device]))
                replicas[crowded++] = replica;
        }

        SortByWanted(replicas[..crowded]);
        foreach (PartReplica replica in replicas[..crowded])
        {
            // A second one moves only off a device that holds several: rings of old versions have those.
            TierPath path = _paths[replica.Device];
            if (!CanMove(part) && _replicasAt[path.Device] <= 1)
                continue;
            Gather(part, replica);
            Count(path, -1);
        }

        foreach (PartReplica replica in all)
            Uncount(_paths[replica.Device]);
    }

    /// <summary>From a start far from the last one: what can move to better places, then whatever lies on overfull devices.</summary>
    private void GatherForBalance(bool canDisperse)
    {
        long turn = (_partCount / 4) + (long)_random.UpTo(_partCount / 2);
        GatherStart = (int)((GatherStart + turn) % _partCount);
        if (canDisperse)
            GatherDispersible();
        else if (_progress is not null)
            _progress.Total += _partCount;
        GatherForced();
    }

    /// <summary>Source: _gather_parts_for_balance_can_disperse.</summary>
    private void GatherDispersible()
    {
        TierWants wants = new(_tree, _builder.Devices, PartsWanted, _isRemoved);
        for (int offset = 0; offset < _partCount; offset++)
        {
            Tick(offset);
            int part = (int)(((long)GatherStart + offset) % _partCount);
            if (!CanMove(part))
                continue;
            int count = Load(part);
            bool isOverweight = false;
            for (int i = 0; i < count; i++)
                isOverweight |= PartsWanted[_part[i].Device] < 0;
            if (!isOverweight)
                continue;
            for (int i = 0; i < count; i++)
                Count(_paths[_part[i].Device], 1);
            GatherDispersible(part, _part.AsSpan(0, count), wants);
        }
    }

    private void GatherDispersible(int part, Span<PartReplica> replicas, TierWants wants)
    {
        Span<PartReplica> all = replicas.ToArray();
        int overweight = 0;
        foreach (PartReplica replica in all)
        {
            if (PartsWanted[replica.Device] < 0)
                replicas[overweight++] = replica;
        }

        SortByWanted(replicas[..overweight]);
        foreach (PartReplica replica in replicas[..overweight])
        {
            TierPath path = _paths[replica.Device];
            if (IsHeld(path.Region) || IsHeld(path.Zone) || IsHeld(path.Server) || IsHeld(path.Device)
                || wants.Elsewhere(StuckAt(path), path) <= 0)
            {
                continue;
            }

            wants.Take(path);
            Gather(part, replica);
            break;
        }

        foreach (PartReplica replica in all)
            Uncount(_paths[replica.Device]);
    }

    /// <summary>Source: _gather_parts_for_balance_forced.</summary>
    private void GatherForced()
    {
        for (int offset = 0; offset < _partCount; offset++)
        {
            Tick(offset);
            int part = (int)(((long)GatherStart + offset) % _partCount);
            if (!CanMove(part))
                continue;
            int count = Load(part);
            int worst = -1;
            for (int i = 0; i < count; i++)
            {
                double wanted = PartsWanted[_part[i].Device];
                if (wanted < 0 && (worst < 0 || wanted < PartsWanted[_part[worst].Device]))
                    worst = i;
            }

            if (worst >= 0)
                Gather(part, _part[worst]);
        }
    }

    /// <summary>The tier has as many replicas as the plan gives it at least, and not all that it may.</summary>
    private bool IsHeld(int node) => _plan.Minimum[node] <= _replicasAt[node] && _replicasAt[node] < _plan.Maximum[node];

    /// <summary>The lowest tier that can't lose a replica; the region if all can, as upstream's loop leaves it.</summary>
    private int StuckAt(in TierPath path)
    {
        if (IsStuck(path.Device))
            return path.Device;
        if (IsStuck(path.Server))
            return path.Server;
        return IsStuck(path.Zone) ? path.Zone : path.Region;
    }

    private bool IsStuck(int node) => _replicasAt[node] - 1 < _plan.Minimum[node];

    private bool IsCrowded(in TierPath path) =>
        _replicasAt[path.Region] > _plan.Maximum[path.Region]
        || _replicasAt[path.Zone] > _plan.Maximum[path.Zone]
        || _replicasAt[path.Server] > _plan.Maximum[path.Server]
        || _replicasAt[path.Device] > _plan.Maximum[path.Device];

    private void Count(in TierPath path, int change)
    {
        _replicasAt[path.Region] += change;
        _replicasAt[path.Zone] += change;
        _replicasAt[path.Server] += change;
        _replicasAt[path.Device] += change;
    }

    private void Uncount(int count)
    {
        for (int i = 0; i < count; i++)
            Uncount(_paths[_part[i].Device]);
    }

    private void Uncount(in TierPath path)
    {
        _replicasAt[path.Region] = 0;
        _replicasAt[path.Zone] = 0;
        _replicasAt[path.Server] = 0;
        _replicasAt[path.Device] = 0;
    }

    /// <summary>The most overfull device first, equals in the order of rows: a handful of items.</summary>
    private void SortByWanted(Span<PartReplica> replicas)
    {
        for (int i = 1; i < replicas.Length; i++)
        {
            PartReplica replica = replicas[i];
            double wanted = PartsWanted[replica.Device];
            int j = i;
            for (; j > 0 && PartsWanted[replicas[j - 1].Device] > wanted; j--)
                replicas[j] = replicas[j - 1];
            replicas[j] = replica;
        }
    }
}
