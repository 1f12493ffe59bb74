using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The builders to make one ring of, by full paths, and the ring file to make, as the user wrote it.</summary>
public sealed record JoinSwiftRingRequest(IReadOnlyList<string> Paths, string DestinationPath)
{
    public int FormatVersion { get; init; } = 1;

    public bool Force { get; init; }
}

/// <summary>Makes a composite ring: the replicas of all builders one below the other, as swift-ring-composer does.</summary>
public static class JoinSwiftRingOperation
{
    public static void Run(JoinSwiftRingRequest request, ICmdletHost host)
    {
        string destination = host.ResolveNewPath(request.DestinationPath);
        NewSwiftRingOperation.RequireFree(destination, request.Force);
        RingData ring = CompositeRing.Compose([.. request.Paths.Select(RingSource.ReadBuilder)]);
        if (!host.ShouldProcess(destination, FormattableString.Invariant($"Write composite ring of {request.Paths.Count} builders with {ring.Replicas} replicas")))
            return;
        host.Execute(new WorkActivity("Writing composite ring", destination), work =>
        {
            RingStore.WriteRing(destination, ring, request.FormatVersion);
            work.WriteObject(RingModels.ToModel(destination, ring));
        });
    }
}
