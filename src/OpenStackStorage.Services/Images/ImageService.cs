namespace OpenStackStorage.Services;

/// <summary>Images in a catalogue and stores of one's own, by Glance's rules, as one identity may use them.</summary>
public sealed partial class ImageService : IImageService
{
    private readonly ImageServiceParts _parts;
    private readonly ICatalog _catalog;
    private readonly ImageAccess _access;
    private readonly bool _isDry;

    public ImageService(ImageServiceParts parts, Identity identity)
        : this(parts, identity, isDry: false)
    {
    }

    private ImageService(ImageServiceParts parts, Identity identity, bool isDry)
    {
        _parts = parts;
        _catalog = isDry ? new DryCatalog(parts.Catalog) : parts.Catalog;
        _access = new ImageAccess(parts.Policy, identity);
        _isDry = isDry;
        Identity = identity;
    }

    public Identity Identity { get; }

    /// <inheritdoc cref="IImageService.DryRun"/>
    public ImageService DryRun() => new(_parts, Identity, isDry: true);

    IImageService IImageService.DryRun() => DryRun();

    public Image Create(ImageSpec spec)
    {
        ImageRules.Check(spec);
        DateTimeOffset now = _parts.Clock.Now();
        Image image = new()
        {
            Id = spec.Id ?? ImageId.New(),
            Name = spec.Name,
            Status = ImageStatus.Queued,
            Visibility = spec.Visibility,
            DiskFormat = spec.DiskFormat,
            ContainerFormat = spec.ContainerFormat,
            Owner = spec.Owner ?? _access.Project,
            MinDisk = spec.MinDisk,
            MinRam = spec.MinRam,
            Protected = spec.Protected,
            Hidden = spec.Hidden,
            Tags = ImageRules.Normalize(spec.Tags),
            Properties = new Dictionary<string, string>(spec.Properties),
            CreatedAt = now,
            UpdatedAt = now,
        };
        if (image.Owner != _access.Project && !_access.Allows("add_image", image))
            throw ImageAccess.Forbidden($"You are not permitted to create images owned by '{image.Owner}'.", image.Owner);
        _access.Require("add_image", image);
        _access.RequireVisibility(image.Visibility, image);
        return _catalog.Write(writer =>
        {
            // Deleted images keep their ids, as in Glance's table.
            if (writer.FindImage(image.Id) is not null)
                throw new ServiceException(ErrorIds.ImageConflict, $"Image id {image.Id} already exists.") { Target = image.Id.ToString() };
            ImageQuotas quotas = ImageQuotas.Of(writer, image.Owner);
            quotas.Require(ImageQuota.CountTotal, writer.GetImageUsage(image.Owner).Count + 1);
            quotas.Require(ImageQuota.Properties, image.Properties.Count);
            quotas.Require(ImageQuota.Tags, image.Tags.Count);
            writer.PutImage(image);
            return image;
        });
    }

    public Image Get(ImageId id) => _catalog.Read(reader => _access.Find(reader, id));

    public IEnumerable<Image> List(ImageQuery query)
    {
        _access.Require("get_images");
        return Pages(query).SelectMany(page => page).Where(image => _access.Allows("get_image", image));
    }

    public Image Update(ImageId id, ImageChange change)
    {
        ImageRules.Check(change);
        return Change(id, "modify_image", (writer, image) =>
        {
            ImageStates.Require(image, "a change", ImageStatus.Queued, ImageStatus.Saving, ImageStatus.Uploading, ImageStatus.Importing,
                ImageStatus.Active, ImageStatus.Deactivated, ImageStatus.Killed);
            if (change.Visibility is { } visibility)
                _access.RequireVisibility(visibility, image);
            if (change.Owner is not null)
                _access.RequireAdmin("The owner of an image can't be changed but by an admin.", id.ToString());
            if ((change.DiskFormat ?? image.DiskFormat) != image.DiskFormat || (change.ContainerFormat ?? image.ContainerFormat) != image.ContainerFormat)
                ImageStates.Require(image, "a change of its format", ImageStatus.Queued, ImageStatus.Importing);
            Image next = Apply(image, change);
            ImageRules.CheckFormats(next.DiskFormat, next.ContainerFormat);
            ImageQuotas quotas = ImageQuotas.Of(writer, next.Owner);
            if (next.Properties.Keys.Except(image.Properties.Keys).Any())
                quotas.Require(ImageQuota.Properties, next.Properties.Count);
            if (next.Tags.Except(image.Tags).Any())
                quotas.Require(ImageQuota.Tags, next.Tags.Count);
            if (next.Owner != image.Owner)
                RequireRoom(writer, next);
            return next;
        });
    }

    public Image Deactivate(ImageId id) => Switch(id, "deactivate", "its deactivation", ImageStatus.Active, ImageStatus.Deactivated);

    public Image Reactivate(ImageId id) => Switch(id, "reactivate", "its reactivation", ImageStatus.Deactivated, ImageStatus.Active);

    public ImageUsage GetUsage(string project)
    {
        RequireProject(project);
        return _catalog.Read(reader => reader.GetImageUsage(project) with { Reserved = ImageOperations.ReservedBy(reader, project, Guid.Empty) });
    }

    /// <summary>The quotas in force for a project.</summary>
    public ImageQuotas GetQuotas(string project)
    {
        RequireProject(project);
        return _catalog.Read(reader => ImageQuotas.Of(reader, project));
    }

    /// <summary>Sets a quota: for admins, as limits are in Keystone. What is there already stays, even beyond it.</summary>
    /// <param name="project">Null for all projects that have none of their own.</param>
    /// <param name="limit">-1 for none; null to take the setting back.</param>
    public void SetQuota(ImageQuota quota, string? project, long? limit)
    {
        _access.RequireAdmin("Quotas are set by an admin.", ImageQuotas.NameOf(quota));
        _catalog.Write(writer =>
        {
            ImageQuotas.Set(writer, quota, project, limit);
            return true;
        });
    }

    /// <summary>What the policy would say to somebody, and why. Who sees an image is not a matter of the policy alone.</summary>
    /// <param name="image">An image that this identity sees; null for one that is yet to be made.</param>
    public PolicyDecision Explain(string rule, ImageId? image, Identity asked) => _parts.Policy.Decide(
        rule, image is { } id ? ImagePolicyTarget.Of(Get(id), asked.Project) : ImagePolicyTarget.OfNew(asked.Project), asked);

    private static Image Apply(Image image, ImageChange change)
    {
        Dictionary<string, string> properties = new(image.Properties);
        foreach (string name in change.RemoveProperties)
        {
            if (!properties.Remove(name))
                throw new ServiceException(ErrorIds.ImageConflict, $"Property {name} does not exist.") { Target = image.Id.ToString(), Expected = name };
        }

        foreach ((string name, string value) in change.SetProperties)
            properties[name] = value;
        return image with
        {
            Name = change.Name ?? image.Name,
            Visibility = change.Visibility ?? image.Visibility,
            DiskFormat = change.DiskFormat ?? image.DiskFormat,
            ContainerFormat = change.ContainerFormat ?? image.ContainerFormat,
            Owner = change.Owner ?? image.Owner,
            MinDisk = change.MinDisk ?? image.MinDisk,
            MinRam = change.MinRam ?? image.MinRam,
            Protected = change.Protected ?? image.Protected,
            Hidden = change.Hidden ?? image.Hidden,
            Tags = ImageRules.Normalize((change.Tags ?? image.Tags).Except(change.RemoveTags).Concat(change.AddTags)),
            Properties = properties,
        };
    }

    // Room for an image that comes to count, where it did not.
    private static void RequireRoom(ICatalogReader catalog, Image image)
    {
        ImageQuotas quotas = ImageQuotas.Of(catalog, image.Owner);
        ImageUsage usage = catalog.GetImageUsage(image.Owner);
        quotas.Require(ImageQuota.CountTotal, usage.Count + 1);
        long bytes = (image.Size ?? 0) * image.Locations.Count;
        quotas.Require(ImageQuota.SizeTotal, usage.Size + ImageOperations.ReservedBy(catalog, image.Owner, Guid.Empty) + bytes);
    }

    /// <summary>One change of what the identity sees and the rule allows.</summary>
    private Image Change(ImageId id, string rule, Func<ICatalogWriter, Image, Image> change) => _catalog.Write(writer =>
    {
        Image image = _access.Find(writer, id);
        _access.Require(rule, image);
        Image next = change(writer, image) with { UpdatedAt = _parts.Clock.Now() };
        writer.PutImage(next);
        return next;
    });

    // What is there already is no error: domain/__init__.py, deactivate and reactivate.
    private Image Switch(ImageId id, string rule, string action, ImageStatus from, ImageStatus to) => Change(id, rule, (_, image) =>
    {
        if (image.Status == to)
            return image;
        ImageStates.Require(image, action, from);
        return ImageStates.Move(image, to);
    });

    private IEnumerable<IReadOnlyList<Image>> Pages(ImageQuery query)
    {
        List<ImageId> seen = [];
        IReadOnlyList<Image> page;
        do
        {
            page = PageBehind(seen, query);
            yield return page;
            seen.AddRange(page.Select(image => image.Id));
        }
        while (page.Count == _parts.PageSize);
    }

    // The last that was seen may have gone out of sight meanwhile; then the one before it marks the place as well.
    private IReadOnlyList<Image> PageBehind(List<ImageId> seen, ImageQuery query) => _catalog.Read(reader =>
    {
        for (int last = seen.Count - 1; last >= 0; last--)
        {
            try
            {
                return reader.ListImages(query with { Marker = seen[last] }, _access.Viewer, _parts.PageSize);
            }
            catch (ServiceException error) when (error.Id == ErrorIds.ImageNotFound)
            {
            }
        }

        return reader.ListImages(query, _access.Viewer, _parts.PageSize);
    });

    private void RequireProject(string project)
    {
        if (project != _access.Project)
            _access.RequireAdmin("What other projects use is shown to admins only.", project);
    }
}
