using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Publishes one image. What can be refused without its data is refused before anything is made.</summary>
public static class NewGlanceImageOperation
{
    public static void Run(NewGlanceImageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool hasData = request.Path is not null || request.Stream is not null;
        ImageSpec spec = GlanceImageContent.Settle(request);
        spec = spec with { Name = spec.Name ?? (request.Path is null ? null : GlanceImageContent.NameOf(request.Path)) };
        IReadOnlyList<Image> older = [];
        if (request.Store is { } store)
        {
            spec = WithReferences(spec, request, store);
            Rehearse(store.Images, spec, request);
            older = Older(store.Images, spec, request, host);
        }
        else if (request.KernelImage is not null || request.RamdiskImage is not null)
        {
            throw GlanceImages.NotFound(request.KernelImage ?? request.RamdiskImage!);
        }

        if (!host.ShouldProcess(spec.Name ?? spec.Id?.ToString() ?? "new image", Action(spec, request, older)))
            return;
        OpenStackStorageConnection connection = request.Connect();
        ImageService images = connection.Images;
        host.Execute(new WorkActivity(hasData ? "Storing" : "Creating", spec.Name ?? "image"), work =>
        {
            Image image = images.Create(spec);
            if (hasData)
                image = Upload(images, image.Id, request, work);
            work.WriteObject(new GlanceImage(image, connection));
            foreach (Image old in older)
                Retire(images, old, request.Hide, work);
        });
    }

    private static Image Upload(ImageService images, ImageId id, NewGlanceImageRequest request, IWork work)
    {
        ImageContent content = request.Path is { } path
            ? new ImageContent.FromFile(path)
            : new ImageContent.FromStream(request.Stream!, request.Stream!.CanSeek ? request.Stream.Length - request.Stream.Position : null);
        try
        {
            return images.Upload(id, content, request.Upload, work.Progress, work.Token);
        }
        catch (StorageException error)
        {
            throw new ServiceException(error.Id, $"{error.Message} The image {id} stays queued and keeps this as its LastError.", error)
            {
                Target = request.Path,
                Found = error.Found,
                Expected = error.Expected,
                Remedy = $"{error.Remedy} Take the queued image away with Remove-GlanceImage.",
            };
        }
    }

    private static ImageSpec WithReferences(ImageSpec spec, NewGlanceImageRequest request, OpenStackStorageConnection store)
    {
        Dictionary<string, string> properties = new(spec.Properties);
        if (request.KernelImage is { } kernel)
            properties["kernel_id"] = GlanceImages.Find(store, kernel).Id.ToString();
        if (request.RamdiskImage is { } ramdisk)
            properties["ramdisk_id"] = GlanceImages.Find(store, ramdisk).Id.ToString();
        return spec with { Properties = properties };
    }

    /// <summary>The service's own decisions; and its quotas, which it would ask when the data comes.</summary>
    private static void Rehearse(ImageService images, ImageSpec spec, NewGlanceImageRequest request)
    {
        Image image = images.DryRun().Create(spec);
        if (request.Upload.ConvertTo is not null || request.Path is not { } path)
            return;
        long length = new FileInfo(path).Length;
        ImageQuotas quotas = images.GetQuotas(image.Owner);
        quotas.Require(ImageQuota.SizeCap, length);
        quotas.Require(ImageQuota.SizeTotal, images.GetUsage(image.Owner).Size + length);
    }

    /// <summary>The active images of the same name and owner that go when the new one is there.</summary>
    private static List<Image> Older(ImageService images, ImageSpec spec, NewGlanceImageRequest request, ICmdletHost host)
    {
        if (request.Keep is not { } keep || spec.Name is not { } name)
            return [];
        ImageQuery query = new() { Names = [name], Owner = spec.Owner ?? images.Identity.Project, AllVisible = true, Statuses = [ImageStatus.Active] };
        List<Image> older = [.. images.List(query).Skip(keep - 1)];
        foreach (Image image in older.Where(image => image.Protected && !request.Hide))
            host.WriteWarning($"The older image {image.Id} is protected and stays.");
        older.RemoveAll(image => image.Protected && !request.Hide);
        return older;
    }

    private static void Retire(ImageService images, Image old, bool hide, IWork work)
    {
        try
        {
            if (hide)
                images.Update(old.Id, new ImageChange { Hidden = true });
            else
                images.Delete(old.Id, delay: false);
            work.WriteVerbose($"The older image {old.Id} is {(hide ? "hidden" : "deleted")}.");
        }
        catch (ServiceException error)
        {
            work.WriteWarning($"The older image {old.Id} stays: {error.Message}");
        }
    }

    private static string Action(ImageSpec spec, NewGlanceImageRequest request, IReadOnlyList<Image> older)
    {
        string format = spec.DiskFormat is { } disk ? $" of format {ImageWords.Of(disk)}" : "";
        string source = request.Path is { } path ? $" from '{path}'" : request.Stream is not null ? " from a stream" : " without data";
        string retired = older.Count == 0 ? "" : $", then {(request.Hide ? "hide" : "delete")} {string.Join(", ", older.Select(image => image.Id))}";
        return $"Create {(spec.Visibility == ImageVisibility.Shared ? "an" : $"a {ImageWords.Of(spec.Visibility)}")} image{format}{source}{retired}";
    }
}
