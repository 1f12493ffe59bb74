using System.Reflection;
using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Security;

/// <summary>
/// The attacks on Glance, Cinder and Nova that touch files, tried on a service and its store. After each a file outside the
/// store is as it was, unread.
/// </summary>
public sealed class KnownAttackTests : IDisposable
{
    private static readonly Identity Owner = new("olga", "one", ["member"]);

    private readonly EmbeddedLab _lab = new();
    private readonly Canary _canary = new();
    private readonly TemporaryFolder _out = new();

    private ImageService Images => _lab.As(Owner);

    public void Dispose()
    {
        _lab.Dispose();
        _canary.Dispose();
        _out.Dispose();
    }

    // OSSN-0065, OSSN-0090: who may set a location has an image say what it is not.
    [Fact]
    public void Ossn_0065_and_0090_no_request_can_name_a_location()
    {
        HashSet<Type> reached = [];
        foreach (ParameterInfo parameter in typeof(IImageService).GetMethods().SelectMany(method => method.GetParameters()))
            Reach(parameter.ParameterType, reached);
        Assert.Contains(typeof(ImageSpec), reached);
        Assert.DoesNotContain(typeof(ImageLocation), reached);
        Assert.DoesNotContain(typeof(Image), reached);

        foreach (string name in new[] { "location", "locations", "direct_url", "stores" })
        {
            Dictionary<string, string> properties = new() { [name] = "file://" + _canary.Path };
            Refuses(ErrorIds.NotAuthorized, () => Images.Create(new ImageSpec { Properties = properties }));
            ImageId id = Images.Create(new ImageSpec()).Id;
            Refuses(ErrorIds.NotAuthorized, () => Images.Update(id, new ImageChange { SetProperties = properties }));
        }
    }

    [Fact]
    public void Cve_2014_9493_a_path_in_a_property_or_a_name_is_a_word_and_nothing_more()
    {
        Image image = Active([1, 2, 3]);
        string[] paths = [_canary.Path, "file://" + _canary.Path, "filesystem://" + _canary.Path, Relative(_canary.Path)];
        foreach (string path in paths)
        {
            Images.Update(image.Id, new ImageChange { Name = path, SetProperties = new Dictionary<string, string> { ["copy_from"] = path, ["url"] = path } });
            using (ImageData data = Images.Open(image.Id))
                Assert.Equal([1, 2, 3], data.Device.ReadAll());
            Refuses(ErrorIds.ParameterInvalid, () => Upload(NewRaw(), [1], new ImageUploadOptions { Store = path }));
            Refuses(ErrorIds.ParameterInvalid, () => Images.Update(image.Id, new ImageChange { SetProperties = new Dictionary<string, string> { ["kernel_id"] = path } }));
        }

        Images.Delete(image.Id, delay: false);
        _canary.RequireUntouched();
    }

    // CVE-2014-9493, CVE-2015-1195: a location of one's own reads any file, and deletes it with the image.
    [Theory]
    [InlineData("{0}")]
    [InlineData("file://{0}")]
    [InlineData("filesystem://{0}")]
    [InlineData("{1}")]
    [InlineData("{2}/../{1}")]
    [InlineData("{2}.partial-00/../{1}")]
    [InlineData("")]
    public void Cve_2015_1195_a_key_that_was_written_into_the_catalogue_is_neither_read_nor_deleted(string form)
    {
        Image image = Active([1, 2, 3]);
        string key = string.Format(null, form, _canary.Path, Relative(_canary.Path), image.Id);
        _lab.Write(writer => writer.PutImage(image with { Locations = [new ImageLocation("file", key)] }));

        Refuses(ErrorIds.ImageKeyInvalid, () => Images.Open(image.Id).Dispose());
        Images.Delete(image.Id, delay: true);
        Images.Restore(image.Id);
        Refuses(ErrorIds.ImageKeyInvalid, () => Images.Delete(image.Id, delay: false));
        _lab.Reopen();
        Assert.Equal(ErrorIds.ImageKeyInvalid, Assert.Single(_lab.Store.Recovered).Error!.Id);
        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2015_1195_an_operation_that_was_written_into_the_catalogue_deletes_nothing_outside()
    {
        string key = Relative(_canary.Path);
        Image image = Active([1]);
        CatalogOperation delete = ImageOperations.NewDelete(Guid.NewGuid(), image with { Locations = [new("file", key), new("file", _canary.Path)] }, image.CreatedAt);
        CatalogOperation upload = ImageOperations.NewUpload(Guid.NewGuid(), image.Id, new UploadDetail("file", "one", 1), image.CreatedAt) with { Subject = key };
        _lab.Write(writer =>
        {
            writer.PutOperation(delete);
            writer.PutOperation(upload);
        });

        _lab.Reopen();

        Assert.Equal([ErrorIds.ImageKeyInvalid, ErrorIds.ImageKeyInvalid], _lab.Store.Recovered.Select(recovered => recovered.Error!.Id));
        _canary.RequireUntouched();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("{\"Store\":null}")]
    public void Cve_2015_1195_an_operation_of_garbage_does_not_close_the_store(string detail)
    {
        Image image = Active([1]);
        _lab.Write(writer =>
        {
            writer.PutOperation(new CatalogOperation(Guid.NewGuid(), ImageOperations.Delete, $"{image.Id}", detail, image.CreatedAt));
            writer.PutOperation(new CatalogOperation(Guid.NewGuid(), ImageOperations.Upload, $"{image.Id}", detail, image.CreatedAt));
        });

        _lab.Reopen();

        Assert.Equal([ErrorIds.CatalogDamaged, ErrorIds.CatalogDamaged], _lab.Store.Recovered.Select(recovered => recovered.Error!.Id));
        Assert.Equal([1], Images.Open(image.Id).Device.ReadAll());
    }

    [Fact]
    public void Cve_2015_1195_a_record_beside_the_data_that_names_another_file_is_not_believed()
    {
        Image image = Active([1, 2, 3]), other = Active([4]);
        Image forged = image with { Owner = "two", Name = "forged", Locations = [new("file", Relative(_canary.Path)), new("file", _canary.Path)] };
        WriteRecord(image.Id, forged);
        WriteRecord(other.Id, forged);

        _lab.Reopen();

        Image found = Images.Get(image.Id);
        Assert.Equal(("one", image.Name, $"{image.Id}"), (found.Owner, found.Name, Assert.Single(found.Locations).Key));
        Assert.Null(Assert.Single(_lab.ImageStores[0].List(), stored => stored.Key == $"{other.Id}").Record);
        Images.Delete(image.Id, delay: false);
        Images.Delete(other.Id, delay: false);
        Assert.Empty(_lab.Files("images"));
        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2015_1195_a_catalogue_that_is_made_from_records_has_no_location_of_theirs()
    {
        Image image = Active([1, 2, 3]), linked = Active([4, 5, 6]);
        WriteRecord(image.Id, image with { Locations = [new("file", Relative(_canary.Path)), new("file", _canary.Path)] });
        File.Delete(PathOf(linked));
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(PathOf(linked), _canary.Path);

        LoseCatalogAndRepair();

        Assert.Equal($"{image.Id}", Assert.Single(Images.Get(image.Id).Locations).Key);
        Refuses(ErrorIds.ImageNotFound, () => Images.Get(linked.Id));
        Images.Delete(image.Id, delay: false);
        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2014_9493_a_repair_keeps_nothing_behind_a_link()
    {
        if (OperatingSystem.IsWindows())
            return;
        Image image = Active([1, 2, 3]);
        File.Delete(PathOf(image) + ".json");
        Directory.CreateSymbolicLink(Path.Combine(_lab.Store.Path, "lost+found"), Path.GetDirectoryName(_canary.Path)!);

        LoseCatalogAndRepair();

        _canary.RequireUntouched();
        Assert.Equal([1, 2, 3], File.ReadAllBytes(PathOf(image)));
    }

    // CVE-2022-47951: a VMDK's descriptor has a file of the host read as one of its extents.
    [Fact]
    public void Cve_2022_47951_a_vmdk_with_an_extent_outside_is_refused_as_it_is_and_to_be_converted()
    {
        foreach (byte[] vmdk in HostileImages.Vmdks(_canary.Path).Concat(HostileImages.Vmdks(Relative(_canary.Path))))
            RefusesHowever(vmdk, ImageDiskFormat.Vmdk);
    }

    // CVE-2024-32498: a qcow2 image's data file is a file of the host.
    [Fact]
    public void Cve_2024_32498_a_qcow2_with_a_data_file_or_a_backing_file_is_refused_as_it_is_and_to_be_converted()
    {
        foreach (string path in new[] { _canary.Path, Relative(_canary.Path), $"json:{{\"driver\":\"file\",\"filename\":\"{_canary.Path}\"}}" })
        {
            RefusesHowever(HostileImages.DataFile(path), ImageDiskFormat.Qcow2);
            RefusesHowever(HostileImages.BackedBy(path), ImageDiskFormat.Qcow2);
        }
    }

    // Its second level: the image that names the file lies in, or under, one that names none.
    [Fact]
    public void Cve_2024_32498_what_comes_out_of_a_conversion_is_looked_at_as_what_went_in()
    {
        byte[] outer = HostileImages.Around(HostileImages.DataFile(_canary.Path));
        Image raw = NewRaw();
        Refuses(ErrorIds.ImageUnsafe, () => Upload(raw, outer, new ImageUploadOptions { ConvertTo = DiskImageFormat.Raw }));
        Assert.Empty(_lab.Files("images"));

        Image kept = Active(outer, ImageDiskFormat.Qcow2);
        SaveAs(kept, DiskImageFormat.Raw);
        RefusesHowever(HostileImages.BackedBy(Path.Combine(_lab.Store.ImagesFolder, $"{kept.Id}")), ImageDiskFormat.Qcow2);
        RefusesHowever(HostileImages.BackedBy($"{kept.Id}"), ImageDiskFormat.Qcow2);
        _canary.RequireUntouched();
    }

    // CVE-2026-24708: a guest writes the header of a qcow2 image into its raw disk, and the next to probe it follows that.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cve_2026_24708_a_header_that_comes_into_a_raw_image_later_is_data(bool isDataFile)
    {
        byte[] disk = Samples.Noise(1 << 20);
        Image image = Active(disk);
        byte[] header = isDataFile ? HostileImages.DataFile(_canary.Path) : HostileImages.BackedBy(_canary.Path);
        header.CopyTo(disk, 0);
        File.WriteAllBytes(PathOf(image), disk);
        _lab.Reopen();

        using (ImageData data = Images.Open(image.Id))
            Assert.Equal(disk, data.Device.ReadAll());
        Refuses(ErrorIds.ImageHashMismatch, () => Save(image, new ImageDownloadOptions()));
        Refuses(ErrorIds.ImageHashMismatch, () => SaveAs(image, DiskImageFormat.Qcow2));
        Assert.Empty(_out.Names());

        Forget(image); // of the hash, so that it stops nobody
        Save(image, new ImageDownloadOptions());
        Assert.Equal(disk, File.ReadAllBytes(_out["saved"]));
        File.Delete(_out["saved"]);
        SaveAs(image, DiskImageFormat.Qcow2);
        using DiskImage saved = ImageFormats.Open(_out["saved"], new ImageOpenOptions { Format = DiskImageFormat.Qcow2 });
        byte[] guest = new byte[saved.VirtualSize];
        new ImageReader(saved).Read(default, guest);
        Assert.Equal(disk, guest);
        Images.Delete(image.Id, delay: false);
        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2026_24708_a_stored_image_that_comes_to_name_a_file_is_not_converted()
    {
        foreach (byte[] hostile in new[] { HostileImages.DataFile(_canary.Path), HostileImages.BackedBy(_canary.Path) })
        {
            Image image = Active(Samples.Empty(DiskImageFormat.Qcow2), ImageDiskFormat.Qcow2);
            File.WriteAllBytes(PathOf(image), hostile);
            Forget(image);
            Assert.ThrowsAny<StorageException>(() => SaveAs(image, DiskImageFormat.Raw));
            Assert.Empty(_out.Names());
        }

        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2014_9493_a_link_in_the_folder_of_images_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there
        Image image = Active([1, 2, 3]);
        File.Delete(PathOf(image));
        File.CreateSymbolicLink(PathOf(image), _canary.Path);
        File.CreateSymbolicLink(PathOf(image) + ".partial-0123", _canary.Path);
        File.CreateSymbolicLink(Path.Combine(_lab.Store.ImagesFolder, $"{ImageId.New()}"), _canary.Path);
        _lab.Reopen();

        Refuses(ErrorIds.PathNotSupported, () => Images.Open(image.Id).Dispose());
        Assert.DoesNotContain(_lab.ImageStores[0].List(), stored => stored.Length > 3);
        _lab.ImageStores[0].Delete($"{image.Id}.partial-0123");
        Images.Delete(image.Id, delay: false);
        Assert.False(Path.Exists(PathOf(image)));
        _canary.RequireUntouched();
    }

    [Fact]
    public void Cve_2014_9493_a_link_in_the_folder_of_locks_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (string target in new[] { _canary.Path, _canary.Missing })
        {
            Guid operation = Guid.NewGuid();
            File.CreateSymbolicLink(Path.Combine(_lab.Store.Path, "locks", $"{operation}"), target);
            _lab.Write(writer => writer.PutOperation(new CatalogOperation(operation, ImageOperations.Delete, $"{ImageId.New()}", "[]", DateTimeOffset.UnixEpoch)));
            File.CreateSymbolicLink(Path.Combine(_lab.Store.Path, "locks", $"{Guid.NewGuid()}"), target);
        }

        _lab.Reopen();

        _canary.RequireUntouched();
        Assert.Empty(_lab.Operations());
        Assert.Empty(_lab.Files("locks"));
    }

    private static void Reach(Type type, HashSet<Type> reached)
    {
        if (type.Assembly != typeof(IImageService).Assembly && !type.IsGenericType || !reached.Add(type))
            return;
        IEnumerable<Type> parts = type.GetProperties().Where(property => property.CanWrite).Select(property => property.PropertyType)
            .Concat(type.GetNestedTypes()).Concat(type.GetGenericArguments());
        foreach (Type part in parts)
            Reach(part, reached);
    }

    private static void Refuses(ErrorId id, Action action) => Assert.ThrowsAny<StorageException>(action).AssertId(id);

    /// <summary>As it is, declared raw, in an archive, and to be converted: the image is queued again and nothing is kept.</summary>
    private void RefusesHowever(byte[] data, ImageDiskFormat format)
    {
        string[] before = _lab.Files("images");
        byte[] archive = Samples.Ova(("disk", data));
        Refused(format, ImageContainerFormat.Bare, data, new ImageUploadOptions());
        Refused(ImageDiskFormat.Raw, ImageContainerFormat.Bare, data, new ImageUploadOptions());
        Refused(format, ImageContainerFormat.Ova, archive, new ImageUploadOptions());
        Refused(ImageDiskFormat.Raw, ImageContainerFormat.Ova, archive, new ImageUploadOptions());
        Refused(ImageDiskFormat.Raw, ImageContainerFormat.Bare, data, new ImageUploadOptions { ConvertTo = DiskImageFormat.Raw });
        Refused(ImageDiskFormat.Qcow2, ImageContainerFormat.Bare, data, new ImageUploadOptions { ConvertTo = DiskImageFormat.Qcow2 });
        Assert.Equal(before, _lab.Files("images"));
        _canary.RequireUntouched();
    }

    private void Refused(ImageDiskFormat format, ImageContainerFormat container, byte[] data, ImageUploadOptions options)
    {
        Image image = Images.Create(new ImageSpec { DiskFormat = format, ContainerFormat = container });
        Refuses(ErrorIds.ImageUnsafe, () => Upload(image, data, options));
        File.WriteAllBytes(_out["source"], data);
        Refuses(ErrorIds.ImageUnsafe, () => Images.Upload(image.Id, new ImageContent.FromFile(_out["source"]), options, new WorkProgress(), CancellationToken.None));
        File.Delete(_out["source"]);
        Image queued = Images.Get(image.Id);
        Assert.Equal(ImageStatus.Queued, queued.Status);
        Assert.Contains("safety checks", queued.LastError, StringComparison.Ordinal);
    }

    private Image NewRaw() => Images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });

    private Image Active(byte[] data, ImageDiskFormat format = ImageDiskFormat.Raw) =>
        Upload(Images.Create(new ImageSpec { DiskFormat = format, ContainerFormat = ImageContainerFormat.Bare }), data, new ImageUploadOptions());

    private Image Upload(Image image, byte[] data, ImageUploadOptions options) =>
        Images.Upload(image.Id, new ImageContent.FromStream(new MemoryStream(data), data.Length), options, new WorkProgress(), CancellationToken.None);

    private void SaveAs(Image image, DiskImageFormat format) => Save(image, new ImageDownloadOptions { ConvertTo = format });

    private void Save(Image image, ImageDownloadOptions options)
    {
        using ImageData data = Images.Open(image.Id);
        ImageDownload.Save(data, _out["saved"], options, new WorkProgress(), CancellationToken.None);
    }

    private void Forget(Image image) => _lab.Write(writer => writer.PutImage(image with { Checksum = null, HashAlgorithm = null, HashValue = null }));

    private void LoseCatalogAndRepair()
    {
        _lab.Store.Dispose();
        foreach (string path in Directory.GetFiles(_lab.Store.Path, "catalog.db*"))
            File.Delete(path);
        StoreFinding[] findings = [.. StoreCheck.Run(_lab.Store.Path, deep: false, new WorkProgress(), CancellationToken.None)];
        Assert.NotEmpty(StoreRepair.Run(_lab.Store.Path, findings, [], CancellationToken.None).ToArray());
        _lab.Reopen();
    }

    private void WriteRecord(ImageId beside, Image record)
    {
        using FileStream file = File.Create(Path.Combine(_lab.Store.ImagesFolder, $"{beside}.json"));
        ImageRecordFile.Write(file, record);
    }

    private string PathOf(Image image) => Path.Combine(_lab.Store.ImagesFolder, $"{image.Id}");

    private string Relative(string path) => Path.GetRelativePath(_lab.Store.ImagesFolder, path);
}
