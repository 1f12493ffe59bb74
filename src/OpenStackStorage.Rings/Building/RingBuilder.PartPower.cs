namespace OpenStackStorage.Rings;

/// <content>
/// Doubling the partitions of a ring in use: prepare, distribute and relink, increase, distribute and clean up, finish.
/// </content>
public sealed partial class RingBuilder
{
    /// <summary>Announces the next part power. Source: builder.py, prepare_increase_partition_power.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingPartPowerState"/>, <see cref="ErrorIds.RingTooLarge"/>.</exception>
    public void PreparePartPowerIncrease()
    {
        if (NextPartPower is not null)
            throw WrongPartPowerState("The ring is prepared for an increase of its part power already.");
        if (PartPower >= MaximumPartPower)
            throw new RingException(ErrorIds.RingTooLarge, RingErrors.Text($"The part power is {PartPower} already: rings of at most 2^{MaximumPartPower} partitions can be built."));
        NextPartPower = PartPower + 1;
        Version++;
    }

    /// <summary>
    /// Splits every partition into two neighbours on the same devices. Source: builder.py, increase_partition_power; the ages of
    /// moves are brought up to date, as swift/cli/ringbuilder.py does.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingPartPowerState"/>, <see cref="ErrorIds.RingNotRebalanced"/>.</exception>
    public void IncreasePartPower(TimeProvider? clock = null)
    {
        if (NextPartPower != PartPower + 1)
            throw WrongPartPowerState("The part power can't be increased: the ring was not prepared, or the increase is done.");
        if (Assignments is not { } table)
            throw new RingException(ErrorIds.RingNotRebalanced, "The ring has no assignments: it was never rebalanced.");
        Assignments = table.Narrow is { } narrow
            ? new RingAssignments(Array.ConvertAll(narrow, Doubled))
            : new RingAssignments(Array.ConvertAll(table.Wide!, Doubled));
        foreach (RingDevice? device in _devices)
        {
            if (device is not null)
                device.Parts *= 2;
        }

        LastPartMoves = Doubled(LastPartMoves);
        PartPower++;
        Version++;
        long now = Now(clock);
        long elapsedHours = (now - LastPartMovesEpoch) / 3600;
        if (elapsedHours <= 0)
            return;
        AgeMoves(LastPartMoves, elapsedHours);
        LastPartMovesEpoch = now;
    }

    /// <summary>Takes the announcement back: the next part power becomes the present one, until it is finished.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingPartPowerState"/>.</exception>
    public void CancelPartPowerIncrease()
    {
        if (NextPartPower != PartPower + 1)
            throw WrongPartPowerState("There is no increase of the part power to cancel: none was prepared, or it is done.");
        NextPartPower = PartPower;
        Version++;
    }

    /// <summary>Ends an increase, done or cancelled.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingPartPowerState"/>.</exception>
    public void FinishPartPowerIncrease()
    {
        if (NextPartPower != PartPower)
            throw WrongPartPowerState("There is no increase of the part power to finish: increase or cancel it first.");
        NextPartPower = null;
        Version++;
    }

    /// <summary>Ages last moves by whole hours, up to 255. Source: builder.py, _update_last_part_moves.</summary>
    internal static void AgeMoves(Span<byte> moves, long elapsedHours)
    {
        int hours = (int)Math.Clamp(elapsedHours, 0, byte.MaxValue);
        foreach (ref byte move in moves)
            move = (byte)Math.Min(move + hours, byte.MaxValue);
    }

    private static T[] Doubled<T>(T[] items)
    {
        T[] doubled = new T[2 * items.Length];
        for (int i = 0; i < items.Length; i++)
            doubled[2 * i] = doubled[(2 * i) + 1] = items[i];
        return doubled;
    }

    private static RingException WrongPartPowerState(string message) => new(ErrorIds.RingPartPowerState, message);
}
