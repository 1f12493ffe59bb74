using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which snapshots to show.</summary>
/// <param name="Connection">Null where there is no store, and so no snapshot.</param>
public sealed record GetCinderSnapshotRequest(OpenStackStorageConnection? Connection, VolumeQuery Query)
{
    /// <summary>Names with wildcards or without, or ids. Empty for any.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>Lists snapshots; one that was named and is not there is an error.</summary>
public static class GetCinderSnapshotOperation
{
    public static void Run(GetCinderSnapshotRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Connection is not { } connection)
        {
            NamedThings.RequireNone(request.Names, CinderSnapshots.NotFound, host);
            return;
        }

        NamedThings.Write(request.Names, Find(connection.Volumes, request), snapshot => snapshot.Name ?? "", snapshot => snapshot.Id.Value,
            snapshot => new CinderSnapshot(snapshot, connection), CinderSnapshots.NotFound, host);
    }

    // An id finds what is in no list of this project, too.
    private static List<VolumeSnapshot> Find(IVolumeService volumes, GetCinderSnapshotRequest request)
    {
        List<VolumeSnapshot> found = [.. volumes.ListSnapshots(request.Query)];
        Guid[] ids = [.. request.Names.Where(name => Guid.TryParse(name, out _)).Select(Guid.Parse)];
        if (ids.Length > 0)
            found.AddRange(volumes.ListSnapshots(request.Query with { Ids = ids, AllProjects = true }).ExceptBy([.. found.Select(snapshot => snapshot.Id)], snapshot => snapshot.Id));
        return found;
    }
}
