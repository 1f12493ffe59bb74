using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The builders to make one ring of, by full paths, and the ring file to make, as the user wrote it.</summary>
public sealed record JoinSwiftRingRequest(IReadOnlyList<string> Paths, string DestinationPath)
{
    public int FormatVersion { get; init; } = 1;

    /// <summary>The file that knows the builders again, as the user wrote it; null to keep none.</summary>
    public string? CompositePath { get; init; }

    public bool Force { get; init; }
}

/// <summary>Makes a composite ring: the replicas of all builders one below the other, as swift-ring-composer does.</summary>
public static class JoinSwiftRingOperation
{
    public static void Run(JoinSwiftRingRequest request, ICmdletHost host)
    {
        string destination = host.ResolveNewPath(request.DestinationPath);
        string? composite = request.CompositePath is null ? null : host.ResolveNewPath(request.CompositePath);
        bool renews = composite is not null && File.Exists(composite);
        NewSwiftRingOperation.RequireFree(destination, request.Force || renews);
        RingBuilder[] builders = [.. request.Paths.Select(RingSource.ReadBuilder)];
        RingData ring = CompositeRing.Compose(builders);
        CompositeFile? record = composite is null ? null : Record(composite, renews, builders, request);
        if (!host.ShouldProcess(destination, FormattableString.Invariant($"Write composite ring of {request.Paths.Count} builders with {ring.Replicas} replicas")))
            return;
        host.Execute(new WorkActivity("Writing composite ring", destination), work =>
        {
            RingStore.WriteRing(destination, ring, request.FormatVersion);
            record?.Write(composite!);
            work.WriteObject(RingModels.ToModel(destination, ring));
        });
    }

    /// <summary>Without force the builders must be those of the last time, none older and one newer at least, as with swift-ring-composer.</summary>
    private static CompositeFile Record(string path, bool renews, RingBuilder[] builders, JoinSwiftRingRequest request)
    {
        IReadOnlyList<CompositeComponent> components = CompositeRing.Describe(builders);
        CompositeFile? last = renews ? CompositeFile.Read(path) : null;
        if (last is not null && !request.Force && !CompositeRing.IsModified(last.Components, components))
        {
            throw new StorageException(ErrorIds.RingCompositeInvalid, $"None of the builders changed since '{path}' was written.")
            {
                Target = path,
                Remedy = "Nothing needs to be done; add -Force to write the ring all the same.",
            };
        }

        return new CompositeFile((last?.Version ?? 0) + 1, components, request.Paths);
    }
}
