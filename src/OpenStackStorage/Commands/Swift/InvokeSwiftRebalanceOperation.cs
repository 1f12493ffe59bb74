using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Which builder to rebalance, and how.</summary>
public sealed record InvokeSwiftRebalanceRequest(string Path)
{
    /// <summary>The text that swift-ring-builder's --seed takes; null for a ring of chance.</summary>
    public string? Seed { get; init; }

    /// <summary>Save also what changed little or nothing.</summary>
    public bool Force { get; init; }

    public PythonSum PythonSum { get; init; }

    /// <summary>The ring file's: 1 or 2.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Write the builder only.</summary>
    public bool NoRing { get; init; }
}

/// <summary>
/// Assigns the partitions of a ring anew and writes builder, ring and their backups. What is refused, and what is warned of,
/// is as in swift-ring-builder rebalance.
/// </summary>
public static class InvokeSwiftRebalanceOperation
{
    public static void Run(InvokeSwiftRebalanceRequest request, ICmdletHost host)
    {
        RingBuilder builder = RingSource.ReadBuilder(request.Path);
        string what = request.NoRing ? "builder" : "builder and ring";
        if (!host.ShouldProcess(request.Path, FormattableString.Invariant($"Rebalance {builder.Parts} partitions over {builder.Devices.Count(device => device is not null)} devices and write {what}")))
            return;
        host.Execute(new WorkActivity("Rebalancing", request.Path, "partitions"), work =>
        {
            using BuilderSession session = BuilderSession.Open(request.Path, work.Token);
            session.Builder.PythonSum = request.PythonSum;
            int version = session.Builder.Version;
            RebalanceOptions options = new() { Seed = request.Seed is null ? default : RingSeed.FromText(request.Seed) };
            RebalanceResult result = session.Builder.Rebalance(options, work.Progress, work.Token);
            bool save = request.Force || !(result.IsUnchanged || result.IsTooSmall);
            if (save)
            {
                session.Builder.Validate(work.Token);
                Save(session, request);
            }

            Warn(result, save, work);
            work.WriteObject(ToModel(session, request, result, save ? session.Builder.Version : version, save));
        });
    }

    private static void Save(BuilderSession session, InvokeSwiftRebalanceRequest request)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (request.NoRing)
            session.SaveWithBackup(now);
        else
            session.SaveWithRing(now, request.FormatVersion);
    }

    private static void Warn(RebalanceResult result, bool saved, IWork work)
    {
        if (!saved && result.IsUnchanged)
        {
            string why = result.Before.MinPartSecondsLeft > 0
                ? FormattableString.Invariant($"partitions may move again in {TimeSpan.FromSeconds(result.Before.MinPartSecondsLeft)} (min part hours: {result.MinPartHours})")
                : "there is no need to";
            work.WriteWarning($"No partition was moved: {why}. Nothing was saved; -Force saves it nevertheless.");
        }
        else if (!saved)
        {
            work.WriteWarning("Balance and dispersion changed by less than 1 %: nothing was saved. -Force saves it nevertheless.");
        }
        else if (result.IsBadlyDispersed)
        {
            work.WriteWarning(FormattableString.Invariant(
                $"A dispersion of {result.Dispersion:0.00} says that some partitions could lie further apart. Change weights, raise the overload, or see Measure-SwiftRing."));
        }
        else if (result.NeedsAnotherRebalance)
        {
            work.WriteWarning(FormattableString.Invariant(
                $"The balance is {result.Balance:0.00}: distribute this ring, let the min part hours ({result.MinPartHours}) pass, and rebalance again."));
        }
    }

    private static SwiftRebalanceResult ToModel(BuilderSession session, InvokeSwiftRebalanceRequest request, RebalanceResult result, int version, bool saved) => new()
    {
        Path = request.Path,
        RingPath = saved && !request.NoRing ? session.RingPath : null,
        Saved = saved,
        PartitionsMoved = result.PartsMoved,
        PercentMoved = result.PercentMoved,
        Balance = result.Balance,
        PreviousBalance = result.Before.Balance,
        Dispersion = result.Dispersion,
        PreviousDispersion = result.Before.Dispersion,
        RemovedDevices = result.RemovedDevices,
        Version = version,
    };
}
