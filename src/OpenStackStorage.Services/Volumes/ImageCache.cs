namespace OpenStackStorage.Services;

/// <summary>
/// The images that backends hold to clone volumes from: <c>cinder/image/cache.py</c>; <c>docs/design/volumes.md</c>, "The image cache".
/// An entry is a volume of a pool. Who makes or clones one holds an operation on it, so that several processes make one entry.
/// </summary>
public sealed class ImageCache : IImageCache
{
    private readonly VolumeServiceParts _parts;
    private readonly IImageService _images;
    private readonly VolumeOperations _operations;

    /// <param name="identity">Who reads the images. Entries are nobody's.</param>
    public ImageCache(VolumeServiceParts parts, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = parts;
        _images = parts.Images(identity);
        _operations = new VolumeOperations(parts);
    }

    public IReadOnlyList<Volume> List(string? backend) => _parts.Catalog.Read(reader => reader.List(VolumeTables.Volumes, ("cached", 1))
        .Where(entry => entry.Status == VolumeStatus.Available && (backend is null || VolumeHost.BackendOf(entry.Host!) == backend))
        .ToArray());

    public int PlanPrefetch(ImageId image, string backend)
    {
        Backend found = _parts.Catalog.Read(reader => VolumeServiceParts.BackendOf(reader, backend));
        _ = _parts.Drivers(found).GetPools();
        using ImageContentOfVolume content = ImageContentOfVolume.Open(_images, image, int.MaxValue);
        int size = SizeOf(content);
        return IsBeyond(found, 1, size) ? throw Full(image, found) : size;
    }

    public Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token)
    {
        Backend found = _parts.Catalog.Read(reader => VolumeServiceParts.BackendOf(reader, backend));
        string host = VolumeHost.Of(found, _parts.Drivers(found).GetPools()[0].Name);
        return Provide(image, found, host, progress, token) ?? throw Full(image, found);
    }

    public void PlanRemoval(VolumeId entry) => _ = FindUnused(entry);

    public void Remove(VolumeId entry)
    {
        while (true)
        {
            try
            {
                Remove(FindUnused(entry), CancellationToken.None);
                return;
            }
            catch (EntryChangedException)
            {
            }
        }
    }

    private Volume FindUnused(VolumeId entry)
    {
        Volume volume = _parts.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, entry.ToString())) is { Cached: not null } found
            ? found
            : throw new ServiceException(ErrorIds.VolumeNotFound, $"There is no cached image {entry}.") { Target = entry.ToString() };
        VolumeId[] users = [.. UsersOf(volume, Readers(volume.Host!))];
        if (users.Length > 0)
        {
            throw new ServiceException(ErrorIds.VolumeConflict, $"Cached image {entry} shares its data with {string.Join(", ", users)}.")
            {
                Target = entry.ToString(),
                Found = $"{users.Length} volumes",
                Expected = "none",
                Remedy = "Remove them, or give them their own data with Merge-CinderVolume.",
            };
        }

        return volume;
    }

    /// <summary>Makes a volume of its pool's entry of an image, which is made first where it is not there.</summary>
    /// <returns>The volume's state; null where the pool has no entry and has no room for one, so that the image is to be copied.</returns>
    internal IReadOnlyDictionary<string, string>? Clone(Volume volume, IVolumeDriver driver, ImageId image, WorkProgress progress, CancellationToken token)
    {
        Backend backend = _parts.Catalog.Read(reader => VolumeServiceParts.BackendOf(reader, volume.Host!));
        while (backend.ImageCacheEnabled && Provide(image, backend, volume.Host!, progress, token) is { } entry)
        {
            VolumeRules.CheckSize(volume.SizeGiB, entry.SizeGiB, $"image {image} has so much");
            try
            {
                return Clone(volume, entry, driver, progress, token);
            }
            catch (EntryChangedException)
            {
            }
            catch (StorageException) when (!token.IsCancellationRequested)
            {
                return null; // create_volume.py, _create_from_image_cache_or_download: a cache in trouble is no reason not to copy
            }
        }

        return null;
    }

    private IReadOnlyDictionary<string, string> Clone(Volume volume, Volume entry, IVolumeDriver driver, WorkProgress progress, CancellationToken token)
    {
        return _operations.Run(Begin, work => driver.Clone(volume, work.Volume, snapshot: null, driver.Capabilities.LinkedClones, progress, token), End, (_, _, _) => { }, token);

        VolumeWork Begin(ICatalogWriter writer) => writer.Find(VolumeTables.Volumes, entry.Id.ToString()) is { Status: VolumeStatus.Available } now
            ? new VolumeWork(VolumeOperations.CacheClone, now)
            : throw new EntryChangedException();

        IReadOnlyDictionary<string, string> End(ICatalogWriter writer, VolumeWork work, DriverClone clone)
        {
            DateTimeOffset now = _parts.Clock.Now();
            writer.Put(VolumeTables.Volumes, work.Volume with { DriverState = clone.SourceState, Cached = work.Volume.Cached! with { LastUsedAt = now }, UpdatedAt = now });
            return clone.State;
        }
    }

    /// <summary>A pool's entry of an image as it is now; null where there is none and no room for it.</summary>
    private Volume? Provide(ImageId id, Backend backend, string host, WorkProgress progress, CancellationToken token)
    {
        while (true)
        {
            token.ThrowIfCancellationRequested();
            Image image = _images.Get(id);
            Volume? entry = _parts.Catalog.Read(reader => Find(reader, id, host));
            try
            {
                if (entry is null)
                    return Make(image, backend, host, progress, token);
                if (entry.Status == VolumeStatus.Creating && IsBeingMade(entry))
                    token.WaitHandle.WaitOne(Random.Shared.Next(5, 50));
                else if (entry.Status == VolumeStatus.Available && entry.Cached!.ImageUpdatedAt == image.UpdatedAt)
                    return Readable(entry);
                else if (!TryRemove(entry))
                    return null;
            }
            catch (EntryChangedException)
            {
            }
        }
    }

    /// <summary>False after what its process left is undone.</summary>
    private bool IsBeingMade(Volume entry)
    {
        if (_parts.Catalog.Read(reader => VolumeOperations.FindOn(reader, entry.Id)) is { } operation && _parts.Locks.IsHeld(operation.Id))
            return true;
        VolumeRecovery.RecoverOn(_parts, entry.Id);
        return _parts.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, entry.Id.ToString())?.Status) is null or VolumeStatus.Available;
    }

    /// <summary>An entry holds what only its readers may have, also where the image's store is away.</summary>
    private Volume Readable(Volume entry)
    {
        try
        {
            _images.Open(entry.Cached!.Image).Dispose();
        }
        catch (StorageException error) when (error.Id != ErrorIds.NotAuthorized)
        {
        }

        return entry;
    }

    private Volume? Make(Image image, Backend backend, string host, WorkProgress progress, CancellationToken token)
    {
        using ImageContentOfVolume content = ImageContentOfVolume.Open(_images, image.Id, int.MaxValue);
        int size = SizeOf(content);
        if (!MakeRoom(backend, host, size))
            return null;
        DateTimeOffset now = _parts.Clock.Now();
        Volume entry = new()
        {
            Id = VolumeId.New(),
            Name = image.Name,
            Status = VolumeStates.Of(VolumeAction.Create).During!.Value,
            SizeGiB = size,
            Project = CachedImage.InternalProject,
            User = CachedImage.InternalProject,
            Host = host,
            AvailabilityZone = backend.AvailabilityZone,
            SourceImage = image.Id,
            ImageMetadata = ImageVolumeMetadata.Of(content.Image),
            Cached = new CachedImage(image.Id, content.Image.UpdatedAt, now),
            CreatedAt = now,
            UpdatedAt = now,
        };
        IVolumeDriver driver = _parts.Drivers(backend);
        try
        {
            return _operations.Run(Begin, work => driver.CreateFrom(work.Volume, content.Disk, progress, token),
                (writer, _, state) => Put(writer, VolumeStates.End(VolumeAction.Create, entry, []) with { DriverState = state }),
                (writer, _, error) => Put(writer, VolumeStates.Fail(VolumeAction.Create, entry, [], error.Message)), token);
        }
        catch (Exception error) when (error is StorageException or OperationCanceledException)
        {
            TryRemove(entry);
            throw;
        }

        VolumeWork Begin(ICatalogWriter writer) => Find(writer, image.Id, host) is null
            ? new VolumeWork(VolumeOperations.Cache, Put(writer, entry))
            : throw new EntryChangedException();
    }

    /// <summary>Has the least recently used entries go, so that one more keeps the limits. False where it would not; then all stay that can't go.</summary>
    private bool MakeRoom(Backend backend, string host, int sizeGiB)
    {
        Volume[] entries = [.. List(null).Where(entry => entry.Host == host).OrderBy(entry => entry.Cached!.LastUsedAt)];
        (int count, int size) = (entries.Length + 1, entries.Sum(entry => entry.SizeGiB) + sizeGiB);
        if (!IsBeyond(backend, count, size))
            return true;
        if (IsBeyond(backend, 1, sizeGiB))
            return false;
        ILookup<string, VolumeId> readers = Readers(host);
        Queue<Volume> unused = new(entries.Where(entry => !UsersOf(entry, readers).Any()));
        while (IsBeyond(backend, count, size) && unused.TryDequeue(out Volume? entry))
        {
            if (TryRemove(entry))
                (count, size) = (count - 1, size - entry.SizeGiB);
        }

        return !IsBeyond(backend, count, size);
    }

    private static bool IsBeyond(Backend backend, int count, int sizeGiB) =>
        (backend.ImageCacheMaxCount > 0 && count > backend.ImageCacheMaxCount) || (backend.ImageCacheMaxSizeGiB > 0 && sizeGiB > backend.ImageCacheMaxSizeGiB);

    // GiB.
    private static int SizeOf(ImageContentOfVolume content) => Math.Max(1, VolumeRules.RoundUp(content.Disk.VirtualSize));

    private static ServiceException Full(ImageId image, Backend backend) => new(ErrorIds.BackendFull,
        $"Image {image} does not fit into the image cache of backend '{backend.Name}': it is larger than the cache may be, or volumes share the data of what is in it.")
    {
        Target = image.ToString(),
        Expected = Limits(backend),
        Remedy = "Raise the limits with Set-CinderBackend.",
    };

    private static string Limits(Backend backend) =>
        $"at most {(backend.ImageCacheMaxCount > 0 ? backend.ImageCacheMaxCount : "any number of")} images and {(backend.ImageCacheMaxSizeGiB > 0 ? backend.ImageCacheMaxSizeGiB : "any number of")} GiB";

    /// <summary>The volumes of a pool by the names of the layers that they read.</summary>
    private ILookup<string, VolumeId> Readers(string host)
    {
        (Volume[] volumes, IVolumeDriver driver) = _parts.Catalog.Read(reader => (reader.List(VolumeTables.Volumes, ("host", host)).ToArray(), _parts.DriverOf(reader, host)));
        return volumes.SelectMany(volume => VolumeLayers.Of(driver, volume).Select(layer => (layer.Name, volume.Id))).ToLookup(pair => pair.Name, pair => pair.Id);
    }

    private static IEnumerable<VolumeId> UsersOf(Volume entry, ILookup<string, VolumeId> readers) =>
        readers.Where(layer => layer.Contains(entry.Id)).SelectMany(layer => layer).Where(volume => volume != entry.Id).Distinct();

    private void Remove(Volume entry, CancellationToken token)
    {
        _operations.Run(Begin, work => new VolumeRemoval(_parts, work.Volume.Id, work.ClearMiB).Run(new WorkProgress(), token), (writer, work, _) => VolumeRemoval.End(writer, work.Volume.Id),
            (writer, work, error) => VolumeRemoval.Fail(writer, work.Volume.Id, error, _parts.Clock.Now()), token);

        // One that was used meanwhile is not the least recently used one any more.
        VolumeWork Begin(ICatalogWriter writer) => writer.Find(VolumeTables.Volumes, entry.Id.ToString()) is { } now && now.Cached == entry.Cached
            ? new VolumeWork(VolumeOperations.Delete, Put(writer, now with { Status = VolumeStatus.Deleting }))
            : throw new EntryChangedException();
    }

    private bool TryRemove(Volume entry)
    {
        try
        {
            Remove(entry, CancellationToken.None);
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    private static Volume? Find(ICatalogReader reader, ImageId image, string host) =>
        reader.List(VolumeTables.Volumes, ("image", image.ToString()), ("cached", 1), ("host", host)).SingleOrDefault();

    private Volume Put(ICatalogWriter writer, Volume entry)
    {
        Volume next = entry with { UpdatedAt = _parts.Clock.Now() };
        writer.Put(VolumeTables.Volumes, next);
        return next;
    }

    /// <summary>Another process has made, used or removed the entry.</summary>
    private sealed class EntryChangedException : Exception;
}
