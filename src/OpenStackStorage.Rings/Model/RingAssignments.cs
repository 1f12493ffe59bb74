namespace OpenStackStorage.Rings;

/// <summary>
/// Which device holds each replica of each partition: one row of device ids per replica. Ids take 2 bytes where they fit,
/// else 4. Only the last row may be short, in rings of fractional replicas.
/// </summary>
/// <remarks>Source: swift/common/ring/builder.py, <c>_replica2part2dev</c>.</remarks>
public sealed class RingAssignments
{
    /// <summary>The marker of a replica without a device, in rows of 2-byte ids.</summary>
    public const ushort NarrowNone = ushort.MaxValue;

    /// <summary>The marker of a replica without a device, in rows of 4-byte ids.</summary>
    public const uint WideNone = uint.MaxValue;

    /// <param name="rows">Taken over, not copied.</param>
    public RingAssignments(ushort[][] rows) => Narrow = rows;

    /// <inheritdoc cref="RingAssignments(ushort[][])"/>
    public RingAssignments(uint[][] rows) => Wide = rows;

    /// <summary>Rows of 2-byte ids; null where ids take 4.</summary>
    public ushort[][]? Narrow { get; }

    /// <summary>Rows of 4-byte ids; null where ids take 2.</summary>
    public uint[][]? Wide { get; }

    /// <summary>2 or 4.</summary>
    public int DeviceIdBytes => Narrow is null ? 4 : 2;

    /// <summary>Replicas, a last fraction counted as one.</summary>
    public int RowCount => Narrow?.Length ?? Wide!.Length;

    /// <summary>Replicas, with the last row's fraction. Source: swift/common/ring/ring.py, calc_replica_count.</summary>
    public double Replicas => RowCount == 0 ? 0 : RowCount - 1 + ((double)RowLength(RowCount - 1) / RowLength(0));

    /// <summary>The device of a replica; null while it has none.</summary>
    public RingDeviceId? this[int row, RingPartition partition]
    {
        get
        {
            if (Narrow is not null)
                return Narrow[row][partition.Value] is var id && id == NarrowNone ? null : new RingDeviceId(id);
            return Wide![row][partition.Value] is var wide && wide == WideNone ? null : new RingDeviceId((int)wide);
        }
    }

    /// <summary>Partitions in a row.</summary>
    public int RowLength(int row) => Narrow?[row].Length ?? Wide![row].Length;

    /// <summary>The bytes that an id below <paramref name="count"/> needs: 2 up to 65,535 devices.</summary>
    public static int BytesFor(int count) => count <= NarrowNone ? 2 : 4;

    /// <summary>True when every replica is on the same device in both, whatever the width of their ids.</summary>
    public bool HasSameContentAs(RingAssignments other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (DeviceIdBytes != other.DeviceIdBytes)
            return Resize(4).HasSameContentAs(other.Resize(4));
        if (RowCount != other.RowCount)
            return false;
        for (int row = 0; row < RowCount; row++)
        {
            bool same = Narrow is null
                ? Wide![row].AsSpan().SequenceEqual(other.Wide![row])
                : Narrow[row].AsSpan().SequenceEqual(other.Narrow![row]);
            if (!same)
                return false;
        }

        return true;
    }

    /// <summary>The same assignments with ids of another width; this one where it has that width.</summary>
    public RingAssignments Resize(int deviceIdBytes)
    {
        if (deviceIdBytes == DeviceIdBytes)
            return this;
        return deviceIdBytes == 4
            ? new RingAssignments(Array.ConvertAll(Narrow!, row => Array.ConvertAll(row, id => id == NarrowNone ? WideNone : id)))
            : new RingAssignments(Array.ConvertAll(Wide!, row => Array.ConvertAll(row, Narrowed)));
    }

    private static ushort Narrowed(uint id) => id switch
    {
        WideNone => NarrowNone,
        < NarrowNone => (ushort)id,
        _ => throw new RingException(
            ErrorIds.RingDeviceIdTooLarge, $"Device id {id} does not fit in 2 bytes: the highest that does is {NarrowNone - 1}."),
    };
}
