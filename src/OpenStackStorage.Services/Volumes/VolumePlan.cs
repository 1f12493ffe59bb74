namespace OpenStackStorage.Services;

/// <summary>A new volume as it would be, before a pool is chosen: <c>cinder/volume/flows/api/create_volume.py</c>, ExtractVolumeRequestTask.</summary>
/// <param name="Volume">Its row, in status <c>creating</c> and without a pool.</param>
/// <param name="Source">The volume whose content, or whose snapshot's content, it takes.</param>
/// <param name="RequiredBackend">The pool or backend that it must be in; null for any.</param>
internal sealed record VolumePlan(Volume Volume, Volume? Source, VolumeSnapshot? Snapshot, VolumeType? Type, string? RequiredBackend)
{
    private const string ZonesKey = "RESKEY:availability_zones";

    /// <summary>The zone that was asked for, or follows from the source; null where the type's zones leave the choice.</summary>
    public string? Zone { get; init; }

    /// <param name="image">The image of <see cref="VolumeSpec.Image"/>, as the same identity sees it.</param>
    /// <exception cref="ServiceException">What Cinder refuses before anything is recorded.</exception>
    public static VolumePlan Of(ICatalogReader catalog, VolumeAccess access, VolumeSpec spec, Image? image, VolumeId id, DateTimeOffset now)
    {
        if (spec.Image is not null)
            access.Require("volume:create_from_image");
        access.Require("volume:create");
        (Volume? source, VolumeSnapshot? snapshot) = FindSource(catalog, access, spec);
        int size = SizeOf(spec, source, snapshot, image);
        VolumeType? type = TypeOf(catalog, access, spec, source, snapshot, image);
        VolumeRules.CheckSize(size, type);
        string? zone = ZoneOf(catalog, spec, source, type);
        bool multiattach = spec.Multiattach || VolumeRules.IsMultiattach(type);
        if (multiattach)
            access.Require("volume:multiattach");
        Volume volume = new()
        {
            Id = id,
            Name = spec.Name,
            Description = spec.Description,
            Status = VolumeStates.Of(VolumeAction.Create).During!.Value,
            SizeGiB = size,
            Project = access.Project,
            User = access.User,
            VolumeType = type?.Name,
            AvailabilityZone = zone ?? VolumeServiceParts.DefaultZone,
            Bootable = source?.Bootable ?? false,
            Multiattach = multiattach,
            SourceImage = spec.Image,
            SourceVolume = snapshot is null ? source?.Id : null,
            SourceSnapshot = snapshot?.Id,
            Metadata = new Dictionary<string, string>(spec.Metadata),
            ImageMetadata = image is not null ? ImageVolumeMetadata.Of(image) : source?.ImageMetadata ?? new Dictionary<string, string>(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        return new VolumePlan(volume, source, snapshot, type, BackendOf(spec, source)) { Zone = zone };
    }

    /// <summary>What needs no catalogue.</summary>
    public static void Check(VolumeSpec spec)
    {
        VolumeRules.CheckText("The name", spec.Name);
        VolumeRules.CheckText("The description", spec.Description);
        VolumeRules.CheckMetadata(spec.Metadata);
        int sources = (spec.Image is null ? 0 : 1) + (spec.Volume is null ? 0 : 1) + (spec.Snapshot is null ? 0 : 1);
        if (sources > 1)
            throw VolumeRules.Invalid("The source", $"{sources} of them", "at most one of image, volume and snapshot");
        if (sources == 0 && spec.SizeGiB is null)
            throw VolumeRules.Invalid("The size", "none", "a size, or a source that has one");
    }

    private static (Volume? Source, VolumeSnapshot? Snapshot) FindSource(ICatalogReader catalog, VolumeAccess access, VolumeSpec spec)
    {
        if (spec.Snapshot is { } id)
        {
            VolumeSnapshot snapshot = SnapshotStates.Begin(SnapshotAction.Clone, access.Find(catalog, id));
            return (catalog.Find(VolumeTables.Volumes, snapshot.Volume.ToString()), snapshot);
        }

        if (spec.Volume is not { } volume)
            return (null, null);
        Volume source = access.Find(catalog, volume);
        return (VolumeStates.Begin(VolumeAction.Clone, source, [], []), null);
    }

    // volume_utils.py, check_image_metadata; image_utils.py, check_virtual_size.
    private static int SizeOf(VolumeSpec spec, Volume? source, VolumeSnapshot? snapshot, Image? image)
    {
        if (image is not null)
        {
            int wanted = spec.SizeGiB ?? Math.Max(1, Math.Max(DataOf(image), image.MinDisk));
            CheckImage(image, wanted);
            return wanted;
        }

        int least = snapshot?.SizeGiB ?? source?.SizeGiB ?? 0;
        int asked = spec.SizeGiB ?? least;
        VolumeRules.CheckSize(asked, least, snapshot is not null ? $"snapshot {snapshot.Id} has so much" : $"volume {source?.Id} has so much");
        return asked;
    }

    /// <summary>Requires an image that a volume of a size can be made of.</summary>
    public static void CheckImage(Image image, int sizeGiB)
    {
        if (image.Status != ImageStatus.Active)
        {
            throw new ServiceException(ErrorIds.ImageConflict, $"Image {image.Id} is {ImageWords.Of(image.Status)}; a volume of it needs active.")
            {
                Target = image.Id.ToString(),
                Found = ImageWords.Of(image.Status),
                Expected = "active",
            };
        }

        VolumeRules.CheckSize(sizeGiB, DataOf(image), $"image {image.Id} has so much");
        VolumeRules.CheckSize(sizeGiB, image.MinDisk, $"image {image.Id} asks for it (min_disk)");
    }

    private static int DataOf(Image image) => VolumeRules.RoundUp(Math.Max(image.Size ?? 0, image.VirtualSize ?? 0));

    private static VolumeType? TypeOf(ICatalogReader catalog, VolumeAccess access, VolumeSpec spec, Volume? source, VolumeSnapshot? snapshot, Image? image)
    {
        string? ofSource = snapshot is not null ? snapshot.VolumeType : source?.VolumeType;
        VolumeType? sourceType = ofSource is null ? null : catalog.List(VolumeTables.Types, ("name", ofSource)).SingleOrDefault();
        if (spec.VolumeType is { } name)
        {
            VolumeType type = access.FindType(catalog, name);
            if (source is not null && type.Name != ofSource)
                RequireCompatible(catalog, sourceType, type);
            return type;
        }

        if (source is not null)
            return sourceType;
        return image?.Properties.GetValueOrDefault("cinder_img_volume_type") is { } ofImage
            ? access.FindType(catalog, ofImage)
            : DefaultVolumeType.Find(catalog, access.Project);
    }

    // api.py, _retype_is_possible: with one backend, or where both types name the same one.
    private static void RequireCompatible(ICatalogReader catalog, VolumeType? source, VolumeType type)
    {
        const string Key = "volume_backend_name";
        string? found = type.ExtraSpecs.GetValueOrDefault(Key);
        string? expected = source?.ExtraSpecs.GetValueOrDefault(Key);
        if (found == expected || catalog.List(VolumeTables.Backends).Count == 1)
            return;
        throw VolumeRules.Invalid("The volume type", $"'{type.Name}' of backend '{found}'", $"a type of backend '{expected}', as that of the source; or none, to take the source's");
    }

    private static string? ZoneOf(ICatalogReader catalog, VolumeSpec spec, Volume? source, VolumeType? type)
    {
        string[] known = [.. catalog.List(VolumeTables.Backends).Select(backend => backend.AvailabilityZone).Append(VolumeServiceParts.DefaultZone).Distinct()];
        string[]? ofType = type?.ExtraSpecs.GetValueOrDefault(ZonesKey)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] allowed = ofType is null ? known : [.. ofType.Intersect(known)];
        if (allowed.Length == 0)
            throw VolumeRules.Invalid("The volume type", $"availability zones {string.Join(", ", ofType!)}", $"one of {string.Join(", ", known)}");
        string? zone = spec.AvailabilityZone ?? source?.AvailabilityZone ?? (ofType is null ? VolumeServiceParts.DefaultZone : null);
        if (zone is not null && !allowed.Contains(zone))
            throw VolumeRules.Invalid("The availability zone", $"'{zone}'", $"one of {string.Join(", ", allowed)}");
        // cloned_volume_same_az, which is on by default.
        if (source is not null && zone != source.AvailabilityZone)
            throw VolumeRules.Invalid("The availability zone", $"'{zone}'", $"'{source.AvailabilityZone}', as that of the source");
        return zone;
    }

    // create_volume.py, _cast_create_volume, with snapshot_same_host: data is shared within a backend alone.
    private static string? BackendOf(VolumeSpec spec, Volume? source)
    {
        if (source?.Host is { } host && spec.Backend is { } asked && !VolumeHost.Matches(host, asked))
            throw VolumeRules.Invalid("The backend", $"'{asked}'", $"'{host}', which holds the source");
        return source?.Host ?? spec.Backend;
    }
}
