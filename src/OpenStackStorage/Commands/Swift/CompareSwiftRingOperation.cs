using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Two builders or rings, as the user wrote their paths.</summary>
public sealed record CompareSwiftRingRequest(string ReferencePath, string DifferencePath)
{
    /// <summary>Only tiers of this level; null for all.</summary>
    public RingTierLevel? Tier { get; init; }
}

/// <summary>Shows which tiers and devices get and give data when one ring takes the place of another.</summary>
public static class CompareSwiftRingOperation
{
    public static void Run(CompareSwiftRingRequest request, ICmdletHost host)
    {
        RingData reference = RingSource.Read(host.ResolvePaths(request.ReferencePath, literal: true)[0]).Ring;
        RingData difference = RingSource.Read(host.ResolvePaths(request.DifferencePath, literal: true)[0]).Ring;
        host.Execute(new WorkActivity("Comparing rings", request.DifferencePath), work =>
        {
            foreach (TierMoves moves in RingComparison.Create(reference, difference, work.Token))
            {
                if (moves.Gained == 0 && moves.Lost == 0 || (request.Tier is not null && moves.Tier.Level != request.Tier))
                    continue;
                work.WriteObject(new SwiftRingDifference
                {
                    Level = moves.Tier.Level.ToString(),
                    Tier = RingModels.TierName(moves.Tier, moves.After > 0 ? difference.Devices : reference.Devices),
                    Before = moves.Before,
                    Gained = moves.Gained,
                    Lost = moves.Lost,
                    After = moves.After,
                });
            }
        });
    }
}
