namespace OpenStackStorage.Rings;

/// <content>Balance, and whether table and devices agree.</content>
public sealed partial class RingBuilder
{
    /// <summary>Stands for an infinite balance: a device without weight that still holds partitions. Source: builder.py, MAX_BALANCE.</summary>
    public const double MaximumBalance = 999.99;

    /// <summary>Partition replicas per unit of weight.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingEmpty"/>.</exception>
    public double WeightOfOnePart()
    {
        PythonSummation sum = new(PythonSum);
        foreach (RingDevice? device in _devices)
        {
            if (device is null)
                continue;
            if (device.WeightIsInteger)
                sum.AddInteger(device.Weight);
            else
                sum.Add(device.Weight);
        }

        return sum.Result > 0
            ? Parts * Replicas / sum.Result
            : throw new RingException(ErrorIds.RingEmpty, "The ring has no devices, or none of them has weight.");
    }

    /// <summary>By how many percent a device holds more (or less) than its weight asks for.</summary>
    public double GetBalance(RingDevice device) => Balance(device, WeightOfOnePart());

    /// <summary>The greatest difference of any device, in percent. Source: builder.py, get_balance.</summary>
    public double GetBalance()
    {
        double weightOfOnePart = WeightOfOnePart();
        double worst = 0;
        foreach (RingDevice? device in _devices)
        {
            if (device is not null)
                worst = Math.Max(worst, Math.Abs(Balance(device, weightOfOnePart)));
        }

        return worst;
    }

    /// <summary>The overload at which the ring can be dispersed as well as its devices allow: 0.1 is 10%.</summary>
    public double GetRequiredOverload() => ReplicaPlan.RequiredOverload(this);

    /// <summary>
    /// Checks that every partition has its replicas on different devices of the ring. Source: builder.py, validate; here the
    /// count of each device is checked too, not only their sum.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingNotRebalanced"/>, <see cref="ErrorIds.RingInconsistent"/>.</exception>
    public RingUsage Validate(CancellationToken token = default)
    {
        if (Assignments is not { RowCount: > 0 } table)
            throw new RingException(ErrorIds.RingNotRebalanced, "The ring has no assignments: it was never rebalanced.");
        CheckTable(allowNone: false, token);
        long[] usage = table.Narrow is { } narrow ? CountParts(narrow, token) : CountParts(table.Wide!, token);
        double weightOfOnePart = 0, worst = 0;
        foreach (RingDevice? device in _devices)
        {
            if (device is null)
                continue;
            if (device.Parts != usage[device.Id.Value])
                throw RingErrors.Corrupt($"Device {device.Id.Value} counts {device.Parts} partitions; the table gives it {usage[device.Id.Value]}.");
            if (device.Weight == 0)
            {
                worst = device.Parts > 0 ? MaximumBalance : worst;
                continue;
            }

            weightOfOnePart = weightOfOnePart == 0 ? WeightOfOnePart() : weightOfOnePart;
            worst = Math.Max(worst, Math.Abs(Balance(device, weightOfOnePart)));
        }

        return new RingUsage(usage, worst);
    }

    private static double Balance(RingDevice device, double weightOfOnePart)
    {
        if (device.Weight == 0)
            return device.Parts > 0 ? MaximumBalance : 0;
        return (100.0 * device.Parts / (device.Weight * weightOfOnePart)) - 100.0;
    }
}

/// <summary>What devices hold.</summary>
/// <param name="Parts">Partition replicas by device id.</param>
/// <param name="Worst">The greatest difference from what a weight asks for, in percent.</param>
public sealed record RingUsage(IReadOnlyList<long> Parts, double Worst);
