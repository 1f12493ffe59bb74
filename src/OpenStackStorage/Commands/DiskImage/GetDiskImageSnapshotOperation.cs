using System.IO.Enumeration;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which snapshots of an image to list.</summary>
public sealed record GetDiskImageSnapshotRequest(string Path)
{
    /// <summary>A name, with <c>*</c> and <c>?</c> as wildcards; null for all.</summary>
    public string? Name { get; init; }
}

/// <summary>Lists the internal snapshots of an image, oldest first.</summary>
public static class GetDiskImageSnapshotOperation
{
    public static void Run(GetDiskImageSnapshotRequest request, ICmdletHost host)
    {
        if (request.Name is { } name && !name.AsSpan().ContainsAny('*', '?'))
        {
            host.WriteObject(DiskImageSnapshots.Find(request.Path, name, id: null));
            return;
        }

        foreach (DiskImageSnapshot snapshot in DiskImageSnapshots.Of(request.Path))
        {
            if (request.Name is not { } pattern || FileSystemName.MatchesSimpleExpression(pattern, snapshot.Name))
                host.WriteObject(snapshot);
        }
    }
}
