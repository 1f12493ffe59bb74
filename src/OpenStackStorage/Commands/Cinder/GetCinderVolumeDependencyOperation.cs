using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume whose tree is to be shown.</summary>
public sealed record GetCinderVolumeDependencyRequest(CinderVolume Volume);

/// <summary>Writes the tree that a volume stands in, line by line from its root.</summary>
public static class GetCinderVolumeDependencyOperation
{
    public static void Run(GetCinderVolumeDependencyRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        Write(request.Volume.Connection.Volumes.GetDependency(request.Volume.Id), 0, host);
    }

    private static void Write(VolumeDependency dependency, int depth, ICmdletHost host)
    {
        host.WriteObject(new CinderVolumeDependency(dependency, depth));
        foreach (VolumeDependency child in dependency.Children)
            Write(child, depth + 1, host);
    }
}
