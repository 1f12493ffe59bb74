using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Whose dispersion to show.</summary>
public sealed record MeasureSwiftRingRequest(string Path)
{
    /// <summary>Only tiers of this level; null for all.</summary>
    public RingTierLevel? Tier { get; init; }

    /// <summary>Count as Swift does, which is wrong for fractional replicas.</summary>
    public bool Compatible { get; init; }
}

/// <summary>Shows, tier by tier, how many replicas of the partitions lie together.</summary>
public static class MeasureSwiftRingOperation
{
    public static void Run(MeasureSwiftRingRequest request, ICmdletHost host)
    {
        RingBuilder builder = RingSource.ReadBuilder(request.Path);
        host.Execute(new WorkActivity("Measuring ring", request.Path), work =>
        {
            DispersionReport report = DispersionReport.Create(builder, request.Compatible, recalculate: true, work.Token);
            foreach (DispersionTier tier in report.Tiers.Where(tier => request.Tier is null || tier.Tier.Level == request.Tier))
            {
                work.WriteObject(new SwiftRingDispersion
                {
                    Path = request.Path,
                    Level = tier.Tier.Level.ToString(),
                    Tier = tier.Name,
                    Partitions = tier.PlacedParts,
                    AtRisk = tier.Dispersion,
                    MaximumReplica = tier.MaximumReplicas,
                    Count = [.. tier.Counts],
                });
            }
        });
    }
}
