namespace OpenStackStorage.Services.Tests.Images;

/// <summary>Quotas where they decide: inside the transactions of the service, whoever else is at it.</summary>
public sealed class ImageQuotaServiceTests : IDisposable
{
    private static readonly Identity Owner = new("olga", "one", ["member"]);
    private static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    private readonly EmbeddedLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Quotas_are_set_by_admins_and_shown_to_their_project()
    {
        Refused(ErrorIds.NotAuthorized, () => _lab.As(Owner).SetQuota(ImageQuota.Tags, "one", 5));
        Refused(ErrorIds.NotAuthorized, () => _lab.As(Owner).GetQuotas("two"));
        Set(ImageQuota.Tags, 5);

        Assert.Equal(5, _lab.As(Owner).GetQuotas("one")[ImageQuota.Tags]);
    }

    [Fact]
    public void Counts_per_image_are_held()
    {
        Set(ImageQuota.Tags, 1);
        Set(ImageQuota.Properties, 1);
        Set(ImageQuota.Members, 1);
        ImageService service = _lab.As(Owner);
        Image image = service.Create(new ImageSpec { Tags = ["a", "a"], Properties = new Dictionary<string, string> { ["p"] = "" } });

        Refused(ErrorIds.QuotaExceeded, () => service.Create(new ImageSpec { Tags = ["a", "b"] }));
        Refused(ErrorIds.QuotaExceeded, () => service.Update(image.Id, new ImageChange { Tags = ["a", "b"] }));
        Refused(ErrorIds.QuotaExceeded, () => service.Update(image.Id, new ImageChange { SetProperties = new Dictionary<string, string> { ["q"] = "" } }));
        service.Update(image.Id, new ImageChange { SetProperties = new Dictionary<string, string> { ["q"] = "" }, RemoveProperties = ["p"] });
        service.AddMember(image.Id, "two");
        Refused(ErrorIds.QuotaExceeded, () => service.AddMember(image.Id, "three"));
        Set(ImageQuota.Properties, 0);
        service.Update(image.Id, new ImageChange { SetProperties = new Dictionary<string, string> { ["q"] = "changed" } });
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void The_size_of_one_image_ends_at_its_cap(int length, bool fits)
    {
        Set(ImageQuota.SizeCap, 100);

        foreach (bool isKnown in new[] { true, false })
        {
            ImageId id = New();
            if (fits)
                Assert.Equal(length, Upload(id, length, isKnown).Size);
            else
                Refused(ErrorIds.QuotaExceeded, () => Upload(id, length, isKnown));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_last_byte_of_a_project_is_given_once(bool isKnown)
    {
        const int Length = 3 << 20;
        Set(ImageQuota.SizeTotal, (3 * Length) + Length - 1);
        ImageId[] ids = [.. Enumerable.Range(0, 8).Select(_ => New())];
        int refused = 0;
        using EmbeddedStore beside = _lab.OpenBeside();
        ImageService[] services = [_lab.As(Owner), new(_lab.Parts with { Catalog = beside.Catalog, Locks = beside.Locks }, Owner)];

        Parallel.ForEach(ids, new ParallelOptions { MaxDegreeOfParallelism = 8 }, (id, _, number) =>
        {
            try
            {
                Upload(id, Length, isKnown, services[number % 2]);
            }
            catch (ServiceException e) when (e.Id == ErrorIds.QuotaExceeded)
            {
                Interlocked.Increment(ref refused);
            }
        });

        ImageUsage usage = _lab.As(Owner).GetUsage("one");
        Assert.Equal(0, usage.Uploading);
        Assert.Equal((8 - refused) * (long)Length, usage.Size);
        Assert.InRange(refused, 5, 7);
        foreach (ImageId id in ids.Where(id => _lab.As(Owner).Get(id).Status == ImageStatus.Queued).Take(3 - (8 - refused)))
            Upload(id, Length, isKnown);
        Assert.Equal(3L * Length, _lab.As(Owner).GetUsage("one").Size);
        Refused(ErrorIds.QuotaExceeded, () => Upload(New(), Length, isKnown));
        Assert.Equal(Length - 1, Upload(New(), Length - 1, isKnown).Size);
        Assert.Empty(_lab.Operations());
    }

    [Fact]
    public void An_announced_upload_holds_its_room_from_its_beginning()
    {
        Set(ImageQuota.SizeTotal, 1500);
        ImageId first = New(), second = New();
        bool isRefused = false;
        SlowStream data = new(() =>
        {
            Refused(ErrorIds.QuotaExceeded, () => Upload(second, 501, isKnown: true));
            isRefused = true;
            Upload(second, 500, isKnown: true);
        });

        _lab.As(Owner).Upload(first, new ImageContent.FromStream(data, 1000), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);

        Assert.True(isRefused);
        Assert.Equal(1500, _lab.As(Owner).GetUsage("one").Size);
    }

    [Fact]
    public void Images_and_uploads_of_a_project_are_counted_exactly()
    {
        Set(ImageQuota.CountTotal, 10);
        int made = 0;

        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                New();
                Interlocked.Increment(ref made);
            }
            catch (ServiceException e) when (e.Id == ErrorIds.QuotaExceeded)
            {
            }
        });

        Assert.Equal(10, made);
        Set(ImageQuota.CountUploading, 0);
        Refused(ErrorIds.QuotaExceeded, () => Upload(_lab.As(Owner).List(new ImageQuery()).First().Id, 1, isKnown: true));
        Set(ImageQuota.CountUploading, 1);
        Upload(_lab.As(Owner).List(new ImageQuery()).First().Id, 1, isKnown: true);
    }

    [Fact]
    public void What_comes_back_from_the_trash_needs_room()
    {
        Set(ImageQuota.SizeTotal, 100);
        ImageId trashed = New();
        Upload(trashed, 60, isKnown: true);
        _lab.As(Owner).Delete(trashed, delay: true);
        ImageId other = New();
        Upload(other, 60, isKnown: true);

        Refused(ErrorIds.QuotaExceeded, () => _lab.As(Owner).Restore(trashed));
        _lab.As(Owner).Delete(other, delay: false);
        Assert.Equal(ImageStatus.Active, _lab.As(Owner).Restore(trashed).Status);
    }

    [Fact]
    public void A_dry_run_finds_what_does_not_fit()
    {
        Set(ImageQuota.SizeTotal, 100);

        Refused(ErrorIds.QuotaExceeded, () => ImageServiceConformance.Upload(_lab.As(Owner).DryRun(), New(), new byte[101]));
    }

    private static void Refused(ErrorId id, Action action) => Assert.Equal(id, Assert.Throws<ServiceException>(action).Id);

    private void Set(ImageQuota quota, long limit) => _lab.As(Admin).SetQuota(quota, "one", limit);

    private ImageId New() => _lab.As(Owner).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare }).Id;

    private Image Upload(ImageId id, int length, bool isKnown, ImageService? service = null) => (service ?? _lab.As(Owner)).Upload(
        id, new ImageContent.FromStream(new MemoryStream(new byte[length]), isKnown ? length : null), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);
}
