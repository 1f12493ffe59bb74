using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The steps in which a ring gets twice its partitions.</summary>
public enum PartPowerStep
{
    Prepare,
    Increase,
    Cancel,
    Finish,
}

/// <summary>Which step to take with which builder.</summary>
public sealed record PartPowerRequest(string Path, PartPowerStep Step)
{
    /// <summary>The ring file's: 1 or 2.</summary>
    public int FormatVersion { get; init; } = 1;

    public bool NoRing { get; init; }
}

/// <summary>
/// Takes one step of an increase of the part power and writes builder and ring: services must get the ring after each step.
/// Between the steps swift-object-relinker runs on all nodes.
/// </summary>
public static class PartPowerOperation
{
    public static void Run(PartPowerRequest request, ICmdletHost host)
    {
        RingBuilder draft = RingSource.ReadBuilder(request.Path);
        if (request.Step == PartPowerStep.Prepare)
            RequireObjects(request.Path);
        int before = draft.PartPower;
        Apply(request.Step, draft);
        if (!host.ShouldProcess(request.Path, Describe(request.Step, before, draft)))
            return;
        host.Execute(new WorkActivity("Changing part power", request.Path), work =>
        {
            RingBuilder builder;
            using (BuilderSession session = BuilderSession.Open(request.Path, work.Token))
            {
                builder = session.Builder;
                Apply(request.Step, builder);
                if (request.NoRing)
                    session.Save();
                else
                    session.SaveWithRing(TimeProvider.System.GetUtcNow(), request.FormatVersion);
            }

            work.WriteObject(RingModels.ToModel(request.Path, builder));
        });
    }

    /// <summary>The relinker moves objects only; as in Swift, the builder's name tells (ringbuilder.py, prepare_increase_partition_power).</summary>
    private static void RequireObjects(string path)
    {
        string name = Path.GetFileName(path);
        if (name.Contains("object", StringComparison.Ordinal))
            return;
        throw new RingException(ErrorIds.RingPartPowerState, $"'{path}' is not a ring of objects by its name: accounts and containers can't be relinked.")
        {
            Target = path,
            Found = name,
            Expected = "a name with 'object' in it",
            Remedy = "Increase rings of objects only; name their builders object.builder or object-1.builder.",
        };
    }

    private static void Apply(PartPowerStep step, RingBuilder builder)
    {
        switch (step)
        {
            case PartPowerStep.Prepare:
                builder.PreparePartPowerIncrease();
                break;
            case PartPowerStep.Increase:
                builder.IncreasePartPower();
                break;
            case PartPowerStep.Cancel:
                builder.CancelPartPowerIncrease();
                break;
            default:
                builder.FinishPartPowerIncrease();
                break;
        }
    }

    private static string Describe(PartPowerStep step, int before, RingBuilder after) => step switch
    {
        PartPowerStep.Prepare => FormattableString.Invariant($"Prepare the increase of the part power from {before} to {after.NextPartPower}"),
        PartPowerStep.Increase => FormattableString.Invariant($"Increase the part power from {before} to {after.PartPower}"),
        PartPowerStep.Cancel => FormattableString.Invariant($"Cancel the increase of the part power, which stays {after.PartPower}"),
        _ => FormattableString.Invariant($"Finish the increase of the part power to {after.PartPower}"),
    };
}
