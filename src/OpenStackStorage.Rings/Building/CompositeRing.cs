using System.Numerics;

namespace OpenStackStorage.Rings;

/// <summary>A builder's state when a composite ring was made of it.</summary>
public sealed record CompositeComponent(string Id, int Version, double Replicas);

/// <summary>
/// One ring made of several, each for other regions: so that each region has as many replicas as it should. Source:
/// swift/common/ring/composite_builder.py.
/// </summary>
public static class CompositeRing
{
    /// <summary>Puts the rows of all builders one below the other; ids of later builders move up.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingCompositeInvalid"/>, <see cref="ErrorIds.RingNotRebalanced"/>.</exception>
    public static RingData Compose(IReadOnlyList<RingBuilder> builders)
    {
        Check(builders);
        int devices = builders.Sum(builder => builder.Devices.Count);
        int idBytes = devices < RingAssignments.NarrowNone ? 2 : 4;
        List<RingDevice?> all = new(devices);
        List<ushort[]> narrow = [];
        List<uint[]> wide = [];
        foreach (RingBuilder builder in builders)
        {
            int offset = all.Count;
            RingAssignments table = builder.Assignments!.Resize(idBytes);
            narrow.AddRange(Shifted(table.Narrow ?? [], offset));
            wide.AddRange(Shifted(table.Wide ?? [], offset));
            foreach (RingDevice? device in builder.Devices)
                all.Add(device?.Copy(new RingDeviceId(device.Id.Value + offset)));
        }

        return new RingData
        {
            Devices = all,
            Assignments = idBytes == 2 ? new RingAssignments([.. narrow]) : new RingAssignments([.. wide]),
            PartPower = builders[0].PartPower,
        };
    }

    /// <summary>What to keep of the builders, to know them again.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingCompositeInvalid"/>: a builder was never saved, or is there twice.</exception>
    public static IReadOnlyList<CompositeComponent> Describe(IReadOnlyList<RingBuilder> builders)
    {
        HashSet<string> ids = [];
        List<CompositeComponent> components = [];
        for (int i = 0; i < builders.Count; i++)
        {
            string id = builders[i].Id ?? throw Invalid($"Builder {i} has no id: it was never saved.");
            if (!ids.Add(id))
                throw Invalid($"Builder {i} has the id {id}, as another one before it.");
            components.Add(new CompositeComponent(id, builders[i].Version, builders[i].Replicas));
        }

        return components;
    }

    /// <summary>Checks that the builders are those of an existing composite ring, in its order; true if one of them was changed since.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingCompositeInvalid"/>.</exception>
    public static bool IsModified(IReadOnlyList<CompositeComponent> existing, IReadOnlyList<CompositeComponent> components)
    {
        if (existing.Count != components.Count)
            throw Invalid($"The composite ring has {existing.Count} builders; {components.Count} were given.");
        bool isModified = false;
        for (int i = 0; i < existing.Count; i++)
        {
            (CompositeComponent before, CompositeComponent now) = (existing[i], components[i]);
            if (before.Id != now.Id || before.Replicas != now.Replicas)
                throw Invalid($"Builder {i} has the id {now.Id} and {now.Replicas:R} replicas: expected {before.Id} and {before.Replicas:R}.");
            if (now.Version < before.Version)
                throw Invalid($"Builder {i} has version {now.Version}, older than the {before.Version} in the composite ring.");
            isModified |= now.Version > before.Version;
        }

        return isModified;
    }

    private static void Check(IReadOnlyList<RingBuilder> builders)
    {
        if (builders.Count < 2)
            throw Invalid($"A composite ring needs two or more builders; {builders.Count} were given.");
        Dictionary<int, int> regions = [];
        Dictionary<(string, int, string), int> locations = [];
        for (int i = 0; i < builders.Count; i++)
        {
            RingBuilder builder = builders[i];
            if (builder.PartPower != builders[0].PartPower)
                throw Invalid($"Builder {i} has part power {builder.PartPower}, the first one {builders[0].PartPower}.");
            if (builder.Replicas != Math.Floor(builder.Replicas))
                throw Invalid($"Builder {i} has {builder.Replicas:R} replicas: expected a whole number.");
            if (builder.DevicesChanged)
                throw Invalid($"Builder {i} has changes that no rebalance took up.");
            if (builder.Assignments is not { RowCount: > 0 })
                throw new RingException(ErrorIds.RingNotRebalanced, RingErrors.Text($"Builder {i} has no assignments: it was never rebalanced."));
            foreach (RingDevice? device in builder.Devices)
            {
                if (device is null)
                    continue;
                if (regions.TryAdd(device.Region, i) is false && regions[device.Region] != i)
                    throw Invalid($"Builders {regions[device.Region]} and {i} both have devices in region {device.Region}.");
                (string, int, string) location = (device.Ip, device.Port, device.Device);
                if (locations.TryAdd(location, i) is false && locations[location] != i)
                    throw Invalid($"Builders {locations[location]} and {i} both have the device {device.Ip}:{device.Port}/{device.Device}.");
            }
        }
    }

    private static TId[][] Shifted<TId>(TId[][] rows, int offset)
        where TId : unmanaged, IBinaryInteger<TId>, IMinMaxValue<TId> =>
        Array.ConvertAll(rows, row => Array.ConvertAll(row, id => id == TId.MaxValue ? id : id + TId.CreateTruncating(offset)));

    private static RingException Invalid(FormattableString message) => new(ErrorIds.RingCompositeInvalid, RingErrors.Text(message));
}
