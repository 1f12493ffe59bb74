using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Which tiers of which ring to let fail, one by one.</summary>
public sealed record MeasureSwiftRingFailureRequest(string Path, RingTierLevel Tier);

/// <summary>Shows what the failure of each region, zone, server or device would leave.</summary>
public static class MeasureSwiftRingFailureOperation
{
    public static void Run(MeasureSwiftRingFailureRequest request, ICmdletHost host)
    {
        RingSource source = RingSource.Read(request.Path);
        host.Execute(new WorkActivity("Simulating failures", request.Path), work =>
        {
            foreach (TierFailure failure in FailureReport.Create(source.Ring, request.Tier, work.Token))
            {
                work.WriteObject(new SwiftRingFailure
                {
                    Path = request.Path,
                    Level = request.Tier.ToString(),
                    Tier = RingModels.TierName(failure.Tier, source.Ring.Devices),
                    PartitionsLeft = [.. failure.PartsLeft],
                });
            }
        });
    }
}
