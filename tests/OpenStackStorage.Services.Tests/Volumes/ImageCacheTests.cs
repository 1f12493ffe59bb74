using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>The backends' cached images: what is copied when, what goes, and what a failure or a dead process leaves.</summary>
public sealed class ImageCacheTests : VolumeLabTest
{
    private ImageCache Cache => new(Lab.Parts, VolumeServiceConformance.Owner);

    [Fact]
    public void An_image_is_copied_once_and_each_volume_is_a_clone()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));

        Volume first = Create(image);
        Volume second = Create(image, sizeGiB: 3);

        Assert.Equal(["CreateFrom", "Clone linked", "Clone linked"], Lab.Driver.Calls.Where(call => call != "Recover"));
        Volume entry = Assert.Single(Cache.List("b1"));
        Assert.Equal((CachedImage.InternalProject, 1, image.Id), (entry.Project, entry.SizeGiB, entry.Cached!.Image));
        Assert.Empty(Cache.List("b2"));
        Assert.Equal((1, 3), (first.SizeGiB, second.SizeGiB));
        Assert.Equal(4, Lab.Usage(VolumeQuota.Gigabytes).InUse);
        Assert.Equal(2, Owner.List(new VolumeQuery()).Count);
        Lab.AssertQuiet();
    }

    [Fact]
    public void A_full_copy_and_a_backend_without_a_cache_copy_the_image_itself()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));

        Create(new VolumeSpec { Image = image.Id, Full = true });
        Set(backend => backend with { ImageCacheEnabled = false });
        Create(image);

        Assert.Empty(Cache.List(null));
        Assert.Equal(["CreateFrom", "CreateFrom"], Lab.Driver.Calls);
    }

    [Fact]
    public void An_entry_is_no_volume_not_even_for_an_admin()
    {
        Create(Lab.UploadImage(Samples.Noise(4096)));
        VolumeId entry = Assert.Single(Cache.List(null)).Id;

        Assert.Equal(ErrorIds.VolumeNotFound, Assert.Throws<ServiceException>(() => Lab.As(Admin).Get(entry)).Id);
        Assert.Equal(ErrorIds.VolumeNotFound, Assert.Throws<ServiceException>(() => Lab.As(Admin).Extend(entry, 5)).Id);
        Assert.Equal(ErrorIds.VolumeNotFound, Assert.Throws<ServiceException>(
            () => Lab.As(Admin).Delete(entry, new VolumeDeletion { Force = true }, new WorkProgress(), CancellationToken.None)).Id);
        Assert.Single(Cache.List(null));
    }

    [Fact]
    public void A_changed_image_is_copied_anew()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Create(image);
        VolumeId old = Assert.Single(Cache.List(null)).Id;
        Lab.Store.Images(VolumeServiceConformance.Owner).Update(image.Id, new ImageChange { Name = "other" });

        Create(image);

        Volume entry = Assert.Single(Cache.List(null));
        Assert.NotEqual(old, entry.Id);
        Assert.DoesNotContain(old, Lab.Driver.Volumes);
        Lab.AssertQuiet();
    }

    [Fact]
    public void The_least_recently_used_goes_and_never_one_with_clones()
    {
        Set(backend => backend with { ImageCacheMaxCount = 2 });
        Image[] images = [.. Enumerable.Range(0, 4).Select(at => Lab.UploadImage(Samples.Noise(4096, seed: at)))];
        Volume clone = Create(images[0]);
        Cache.Prefetch(images[1].Id, "b1", new WorkProgress(), CancellationToken.None);

        Cache.Prefetch(images[2].Id, "b1", new WorkProgress(), CancellationToken.None);
        Assert.Equal([images[0].Id, images[2].Id], Cached());

        Create(images[2]);
        Create(images[3]);
        Assert.Equal([images[0].Id, images[2].Id], Cached());
        ServiceException full = Assert.Throws<ServiceException>(() => Cache.Prefetch(images[3].Id, "b1", new WorkProgress(), CancellationToken.None));
        Assert.Equal(ErrorIds.BackendFull, full.Id);

        Owner.Delete(clone.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        Cache.Prefetch(images[3].Id, "b1", new WorkProgress(), CancellationToken.None);
        Assert.Equal([images[2].Id, images[3].Id], Cached());
        Lab.AssertQuiet();

        IEnumerable<ImageId> Cached() => Cache.List(null).OrderBy(entry => Array.FindIndex(images, image => image.Id == entry.Cached!.Image)).Select(entry => entry.Cached!.Image);
    }

    [Fact]
    public void An_image_beyond_the_whole_limit_drives_nothing_out()
    {
        Set(backend => backend with { ImageCacheMaxSizeGiB = 1 });
        Image small = Lab.UploadImage(Samples.Noise(4096));
        Image large = Lab.UploadImage(Samples.Qcow2(new byte[(1 << 30) + 512]), ImageDiskFormat.Qcow2);
        Assert.Equal(1, Cache.PlanPrefetch(small.Id, "b1"));
        Refused(ErrorIds.BackendFull, () => Cache.PlanPrefetch(large.Id, "b1"));
        Assert.Empty(Cache.List(null));
        Create(small);

        Create(large);

        Assert.Equal(small.Id, Assert.Single(Cache.List(null)).Cached!.Image);
    }

    [Fact]
    public void An_entry_is_removed_where_no_volume_shares_its_data()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Volume clone = Create(image);
        Volume entry = Cache.Prefetch(image.Id, "b1", new WorkProgress(), CancellationToken.None);

        Assert.Contains(clone.Id.ToString(), Refused(ErrorIds.VolumeConflict, () => Cache.Remove(entry.Id)).Message, StringComparison.Ordinal);
        Refused(ErrorIds.VolumeConflict, () => Cache.PlanRemoval(entry.Id));
        Refused(ErrorIds.VolumeNotFound, () => Cache.Remove(clone.Id));
        Refused(ErrorIds.BackendNotFound, () => Cache.Prefetch(image.Id, "b9", new WorkProgress(), CancellationToken.None));
        Owner.Delete(clone.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        Cache.PlanRemoval(entry.Id);
        Assert.Single(Cache.List(null));
        Cache.Remove(entry.Id);

        Assert.Empty(Cache.List(null));
        Assert.Empty(Lab.Driver.Volumes);
        Lab.AssertQuiet();
    }

    [Fact]
    public void Who_may_not_read_the_image_gets_no_clone_of_it()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096), change: spec => spec with { Visibility = ImageVisibility.Private });
        Create(image);

        Refused(ErrorIds.ImageNotFound, () => Lab.As(new Identity("sam", "two", ["member"])).Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None));
    }

    [Theory]
    [InlineData("CreateFrom")]
    [InlineData("CreateFrom/done")]
    public void A_copy_that_fails_leaves_no_entry(string at)
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        FailOnce(at);

        Refused(ErrorIds.VolumeDamaged, () => Create(image));
        Assert.Empty(Cache.List(null));
        Assert.Empty(Lab.Driver.Volumes);
        Lab.AssertQuiet();

        Create(image);
        Assert.Single(Cache.List(null));
    }

    [Fact]
    public void A_clone_that_fails_is_no_reason_not_to_copy()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        FailOnce("Clone");

        Volume volume = Create(image);

        Assert.Equal(VolumeStatus.Available, volume.Status);
        Assert.Equal(2, Lab.Driver.Calls.Count(call => call == "CreateFrom"));
        Lab.AssertQuiet();
    }

    [Theory]
    [InlineData("CreateFrom")]
    [InlineData("CreateFrom/done")]
    public void A_copy_that_died_leaves_nothing_and_the_next_volume_copies(string at)
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Die(at, image);

        Create(image);

        Assert.Single(Cache.List(null));
        Lab.Reopen();
        Assert.All(Lab.Store.Recovered, one => Assert.Null(one.Error));
        Assert.Equal([VolumeStatus.Available, VolumeStatus.Error], Owner.List(new VolumeQuery()).Select(volume => volume.Status).Order());
        Assert.Equal(2, Lab.Driver.Volumes.Count);
        Lab.AssertQuiet();
    }

    [Fact]
    public void A_copy_that_died_is_undone_when_the_store_is_opened()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Die("CreateFrom/done", image);

        Lab.Reopen();

        Assert.Empty(Lab.Store.Catalog.Read(reader => reader.List(VolumeTables.Volumes, ("cached", 1))));
        Assert.Empty(Lab.Driver.Volumes);
        Lab.AssertQuiet();
    }

    [Fact]
    public void A_clone_that_died_leaves_its_entry_usable()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Die("Clone/done", image);

        Lab.Reopen();

        Assert.Equal(VolumeStatus.Error, Assert.Single(Owner.List(new VolumeQuery())).Status);
        Create(image);
        Assert.Equal(1, Lab.Driver.Calls.Count(call => call == "CreateFrom"));
        Lab.AssertQuiet();
    }

    [Fact]
    public async Task Who_wants_the_same_image_at_once_waits_for_one_copy()
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Create(image))));

        Assert.Equal(1, Lab.Driver.Calls.Count(call => call == "CreateFrom"));
        Assert.Single(Cache.List(null));
        Assert.Equal(5, Lab.Driver.Volumes.Count);
        Lab.AssertQuiet();
    }

    [Fact]
    public void On_the_driver_File_a_clone_of_a_cached_image_takes_less_than_1_MiB()
    {
        using VolumeLab files = new(new FileVolumeDriverFactory());
        byte[] data = Samples.Noise(8 << 20);
        Image image = files.UploadImage(data);
        VolumeService service = files.As(VolumeServiceConformance.Owner);

        service.Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None);
        Volume second = service.Create(new VolumeSpec { Image = image.Id, SizeGiB = 2 }, new WorkProgress(), CancellationToken.None);

        Volume entry = Assert.Single(new ImageCache(files.Parts, VolumeServiceConformance.Owner).List(null));
        IReadOnlyList<DriverLayer> layers = files.DriverFor(second.Id).GetLayers(files.Find(second.Id));
        Assert.Equal([second.Id, entry.Id], layers.Select(layer => layer.Volume));
        Assert.InRange(layers[0].AllocatedBytes, 1, (1 << 20) - 1);
        VolumeDependency cached = Assert.Single(service.GetDependency(second.Id).Children);
        Assert.Equal(("CachedImage", entry.Id.ToString(), 2), (cached.Kind, cached.Id, cached.Children.Count));
        Assert.All(cached.Children, child => Assert.True(child.IsLinked));
        ServiceException shared = Refused(ErrorIds.VolumeConflict, () => new ImageCache(files.Parts, VolumeServiceConformance.Owner).Remove(entry.Id));
        Assert.Contains(second.Id.ToString(), shared.Message, StringComparison.Ordinal);
    }

    private void Die(string at, Image image)
    {
        (VolumeServiceParts parts, DyingCatalog catalog) = Lab.Dying();
        Lab.Driver.Step = step =>
        {
            catalog.IsDead |= step == at;
            if (catalog.IsDead)
                throw new ServiceException(ErrorIds.CatalogBusy, "This process is dead.");
        };
        Assert.Throws<ServiceException>(() => new VolumeService(parts, VolumeServiceConformance.Owner).Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None));
        Lab.Driver.Step = _ => { };
    }

    private void FailOnce(string at)
    {
        bool failed = false;
        Lab.Driver.Step = step =>
        {
            if (failed || step != at)
                return;
            failed = true;
            throw new ServiceException(ErrorIds.VolumeDamaged, "injected");
        };
    }

    private void Set(Func<Backend, Backend> change) => Lab.Write(writer => writer.Put(VolumeTables.Backends, change(writer.Find(VolumeTables.Backends, "b1")!)));

    private Volume Create(Image image, int? sizeGiB = null) => Create(new VolumeSpec { Image = image.Id, SizeGiB = sizeGiB });

    private Volume Create(VolumeSpec spec) => Owner.Create(spec, new WorkProgress(), CancellationToken.None);
}
