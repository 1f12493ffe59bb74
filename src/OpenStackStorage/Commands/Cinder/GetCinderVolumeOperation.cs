using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which volumes to show.</summary>
/// <param name="Connection">Null where there is no store, and so no volume.</param>
/// <param name="Query">The filters of a list.</param>
public sealed record GetCinderVolumeRequest(OpenStackStorageConnection? Connection, VolumeQuery Query)
{
    /// <summary>Names with wildcards or without, or ids. Empty for any.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The most volumes of the list; null for all.</summary>
    public int? First { get; init; }
}

/// <summary>Lists volumes, the newest first; what was named and is not there is an error.</summary>
public static class GetCinderVolumeOperation
{
    public static void Run(GetCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        string[] ids = [.. request.Names.Where(name => VolumeId.TryParse(name, out _))];
        foreach (string id in ids)
            Show(request.Connection, id, host);
        if (ids.Length == 0 || ids.Length < request.Names.Count)
            List(request with { Names = [.. request.Names.Except(ids)] }, host);
    }

    private static void Show(OpenStackStorageConnection? connection, string id, ICmdletHost host)
    {
        try
        {
            host.WriteObject(CinderVolumes.Find(connection, id));
        }
        catch (ServiceException error)
        {
            host.WriteError(error);
        }
    }

    private static void List(GetCinderVolumeRequest request, ICmdletHost host)
    {
        List<string> missing = [.. request.Names.Where(name => !Wildcard.IsIn(name))];
        IEnumerable<Volume> volumes = request.Connection?.Volumes.List(request.Query with { NamePatterns = request.Names }) ?? [];
        // cinder/api/common.py, get_sort_params.
        foreach (Volume volume in volumes.OrderByDescending(volume => volume.CreatedAt).Take(request.First ?? int.MaxValue))
        {
            missing.RemoveAll(name => name.Equals(volume.Name, StringComparison.OrdinalIgnoreCase));
            host.WriteObject(new CinderVolume(volume, request.Connection!));
        }

        foreach (string name in missing)
            host.WriteError(CinderVolumes.NotFound(name));
    }
}
