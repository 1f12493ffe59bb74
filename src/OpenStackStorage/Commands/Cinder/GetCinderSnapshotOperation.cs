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

        NamedThings.Write(request.Names, connection.Volumes.ListSnapshots(request.Query), snapshot => snapshot.Name ?? "", snapshot => snapshot.Id.Value,
            snapshot => new CinderSnapshot(snapshot, connection), CinderSnapshots.NotFound, host);
    }
}
