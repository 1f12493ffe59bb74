namespace OpenStackStorage.Rings;

/// <content>A builder out of a ring, when the builder was lost.</content>
public sealed partial class RingBuilder
{
    /// <summary>The hours that swift-ring-builder write_builder takes when none are given.</summary>
    public const int DefaultMinPartHours = 24;

    /// <summary>
    /// Makes a builder that has a ring's devices and assignments. What a ring does not hold is lost: overload, dispersion, when
    /// partitions moved last, and what the hours between moves were. Source: ringbuilder.py, write_builder.
    /// </summary>
    public static RingBuilder FromRing(RingData ring, int minPartHours = DefaultMinPartHours)
    {
        ArgumentNullException.ThrowIfNull(ring);
        RingBuilder builder = new(ring.PartPower, ring.Replicas, minPartHours)
        {
            Assignments = ring.Assignments,
            NextPartPower = ring.NextPartPower,
            Version = ring.Version ?? 0,
            Dispersion = null,
        };
        builder.SetDevices(ring.Devices.Select(device => device?.Copy(device.Id)), []);
        foreach (RingDevice? device in builder.Devices)
        {
            if (device is null)
                continue;
            device.Parts = 0;
            device.PartsWanted = 0;
        }

        for (int row = 0; row < ring.Assignments.RowCount; row++)
        {
            for (int part = 0; part < ring.Assignments.RowLength(row); part++)
            {
                if (ring.Assignments[row, new RingPartition(part)] is { } id)
                    builder.GetDevice(id).Parts++;
            }
        }

        return builder;
    }
}
