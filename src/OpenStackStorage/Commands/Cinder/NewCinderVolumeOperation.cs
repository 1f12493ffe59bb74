using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>What volume to make.</summary>
/// <param name="Store">The store that is there; null where the default folder is none yet.</param>
/// <param name="Connect">Opens the store to make it in, and makes that where there is none.</param>
/// <param name="Spec">The volume; its source is one of the properties here.</param>
public sealed record NewCinderVolumeRequest(OpenStackStorageConnection? Store, Func<OpenStackStorageConnection> Connect, VolumeSpec Spec)
{
    /// <summary>The image to make it from; null for none.</summary>
    public NameOr<GlanceImage>? Image { get; init; }

    /// <summary>The volume to clone; null for none.</summary>
    public NameOr<CinderVolume>? Volume { get; init; }

    /// <summary>The snapshot to make it from; null for none.</summary>
    public NameOr<CinderSnapshot>? Snapshot { get; init; }
}

/// <summary>Makes one volume. What the quota, the type, the source and the scheduler would refuse is refused before anybody is asked.</summary>
public static class NewCinderVolumeOperation
{
    public static void Run(NewCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        (VolumeSpec spec, string source) = WithSource(request);
        string target = spec.Name ?? "new volume";
        Volume? planned = request.Store?.Volumes.DryRun().Create(spec, new WorkProgress(), CancellationToken.None);
        if (!host.ShouldProcess(target, Action(spec, planned, source)))
            return;
        OpenStackStorageConnection connection = request.Connect();
        host.Execute(new WorkActivity("Creating", target), work =>
            work.WriteObject(new CinderVolume(connection.Volumes.Create(spec, work.Progress, work.Token), connection)));
    }

    private static (VolumeSpec Spec, string Source) WithSource(NewCinderVolumeRequest request)
    {
        OpenStackStorageConnection? store = request.Store;
        if (request.Image is { } image)
        {
            GlanceImage found = image.Resolve(thing => GlanceImages.Get(store, thing.Id), name => GlanceImages.Find(store, name));
            return (request.Spec with { Image = found.Id }, $" from the image '{found}'");
        }

        if (request.Volume is { } volume)
        {
            CinderVolume found = volume.Resolve(thing => CinderVolumes.Get(store, thing.Id), name => CinderVolumes.Find(store, name));
            return (request.Spec with { Volume = found.Id }, $" from the volume '{found}'");
        }

        if (request.Snapshot is { } snapshot)
        {
            CinderSnapshot found = snapshot.Resolve(thing => CinderSnapshots.Get(store, thing.Id), name => CinderSnapshots.Find(store, name));
            return (request.Spec with { Snapshot = found.Id }, $" from the snapshot '{found}'");
        }

        return (request.Spec, "");
    }

    private static string Action(VolumeSpec spec, Volume? planned, string source)
    {
        string type = (planned?.VolumeType ?? spec.VolumeType) is { } name ? $" of type {name}" : "";
        string place = (planned?.Host ?? spec.Backend) is { } pool ? $" in {pool}" : "";
        return $"Create a volume of {planned?.SizeGiB ?? spec.SizeGiB} GiB{type}{place}{source}";
    }
}
