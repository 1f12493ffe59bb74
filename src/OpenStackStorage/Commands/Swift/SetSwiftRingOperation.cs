using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>What to change of a ring; null leaves as it is.</summary>
public sealed record SetSwiftRingRequest(string Path)
{
    public double? Replica { get; init; }

    /// <summary>0.1 is 10 %.</summary>
    public double? Overload { get; init; }

    public int? MinPartHours { get; init; }

    /// <summary>Let every partition move at the next rebalance.</summary>
    public bool ResetMinPartHours { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Changes the numbers of a ring. They take effect with its next rebalance.</summary>
public static class SetSwiftRingOperation
{
    public static void Run(SetSwiftRingRequest request, ICmdletHost host)
    {
        List<BuilderChange> changes = [];
        if (request.Replica is { } replica)
            Add(FormattableString.Invariant($"Set replicas to {replica}"), builder => builder.SetReplicas(replica));
        if (request.Overload is { } overload)
            Add(FormattableString.Invariant($"Set overload to {overload} ({overload * 100:0.##} %)"), builder => builder.SetOverload(overload));
        if (request.MinPartHours is { } hours)
            Add(FormattableString.Invariant($"Set the hours between moves to {hours}"), builder => builder.SetMinPartHours(hours));
        if (request.ResetMinPartHours)
            Add("Let all partitions move at the next rebalance", builder => builder.PretendMinPartHoursPassed());
        if (changes.Count == 0)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, "Nothing was given to change.")
            {
                Target = request.Path,
                Remedy = "Add -Replica, -Overload, -MinPartHours or -ResetMinPartHours.",
            };
        }

        if (request.Overload > 1)
            host.WriteWarning(FormattableString.Invariant($"An overload of {request.Overload} is more than 100 %: 0.1 is 10 %."));
        if (request.ResetMinPartHours)
            host.WriteWarning("Replicas of one partition may move twice before they were copied. Data can be out of reach until replication has caught up.");
        BuilderEdit.Run(request.Path, changes, host, (work, builder, _) =>
        {
            if (request.PassThru)
                work.WriteObject(RingModels.ToModel(request.Path, builder));
        });

        void Add(string action, Action<RingBuilder> apply) =>
            changes.Add(new BuilderChange(request.Path, action, builder =>
            {
                apply(builder);
                return null;
            }));
    }
}
