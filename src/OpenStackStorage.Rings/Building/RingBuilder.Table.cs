using System.Numerics;

namespace OpenStackStorage.Rings;

/// <content>Walks over the whole table.</content>
public sealed partial class RingBuilder
{
    /// <summary>The ring as it is now, for a ring file. Devices are copies: later changes do not reach it.</summary>
    public RingData GetRing() => new()
    {
        Devices = [.. _devices.Select(device => device?.Copy(device.Id))],
        Assignments = Assignments ?? new RingAssignments(Array.Empty<ushort[]>()),
        PartPower = PartPower,
        NextPartPower = Assignments is null ? null : NextPartPower,
        Version = Version,
    };

    /// <summary>Counts the dispersion of the assignments as they are, and leaves the builder alone.</summary>
    internal DispersionCount CountDispersion(bool compatible, CancellationToken token)
    {
        if (Assignments is not { RowCount: > 0 } table)
            throw new RingException(ErrorIds.RingNotRebalanced, "The ring has no assignments: it was never rebalanced.");
        CheckTable(allowNone: false, token);
        return table.Narrow is { } narrow
            ? DispersionCount.Compute(_devices, narrow, [], Replicas, Parts, compatible, null, token)
            : DispersionCount.Compute(_devices, table.Wide!, [], Replicas, Parts, compatible, null, token);
    }

    /// <summary>All ids in the table must be those of devices, and all rows but the last of full length.</summary>
    private void CheckTable(bool allowNone, CancellationToken token)
    {
        if (Assignments is not { } table)
            return;
        for (int row = 0; row < table.RowCount; row++)
        {
            int length = table.RowLength(row);
            if (length > Parts || (length < Parts && row < table.RowCount - 1))
                throw RingErrors.Corrupt($"Replica {row} has {length} partitions; {Parts} were expected.");
        }

        bool[] exists = new bool[_devices.Count];
        for (int id = 0; id < exists.Length; id++)
            exists[id] = _devices[id] is not null;
        if (table.Narrow is { } narrow)
            CheckIds(narrow, exists, allowNone, token);
        else
            CheckIds(table.Wide!, exists, allowNone, token);
    }

    private static void CheckIds<TId>(TId[][] rows, bool[] exists, bool allowNone, CancellationToken token)
        where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId>
    {
        for (int row = 0; row < rows.Length; row++)
        {
            TId[] ids = rows[row];
            for (int part = 0; part < ids.Length; part++)
            {
                if (part % 65536 == 0)
                    token.ThrowIfCancellationRequested();
                uint id = uint.CreateTruncating(ids[part]);
                if (id < (uint)exists.Length && exists[id])
                    continue;
                if (ids[part] != TId.MaxValue)
                    throw RingErrors.Corrupt($"Replica {row} of partition {part} is on device {id}, which the ring does not have.");
                if (!allowNone)
                    throw RingErrors.Corrupt($"Replica {row} of partition {part} is on no device.");
            }
        }
    }

    private long[] CountParts<TId>(TId[][] rows, CancellationToken token)
        where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId>
    {
        long[] usage = new long[_devices.Count];
        for (int part = 0; part < Parts; part++)
        {
            if (part % 65536 == 0)
                token.ThrowIfCancellationRequested();
            for (int row = 0; row < rows.Length && part < rows[row].Length; row++)
            {
                TId id = rows[row][part];
                usage[int.CreateTruncating(id)]++;
                for (int other = 0; other < row; other++)
                {
                    if (rows[other][part] == id)
                        throw RingErrors.Corrupt($"Partition {part} has two replicas on device {id}.");
                }
            }
        }

        return usage;
    }
}
