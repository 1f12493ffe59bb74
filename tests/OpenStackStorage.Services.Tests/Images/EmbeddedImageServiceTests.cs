namespace OpenStackStorage.Services.Tests.Images;

/// <summary>The embedded service answers as every other one, and what is its own.</summary>
public sealed class EmbeddedImageServiceTests : ImageServiceConformance, IDisposable
{
    private readonly EmbeddedLab _lab = new();

    public void Dispose() => _lab.Dispose();

    protected override IImageService As(Identity identity) => _lab.As(identity);

    [Theory]
    [InlineData(ImageStatus.Uploading)]
    [InlineData(ImageStatus.Importing)]
    [InlineData(ImageStatus.Killed)]
    public void States_that_nothing_here_makes_can_be_deleted_and_no_more(ImageStatus status)
    {
        Image image = As(Owner).Create(Raw);
        _lab.Write(writer => writer.PutImage(image with { Status = status }));

        Refused(ErrorIds.ImageConflict, () => Upload(As(Owner), image.Id, [1]));
        Refused(ErrorIds.ImageConflict, () => As(Owner).Deactivate(image.Id));
        Refused(ErrorIds.ImageConflict, () => As(Owner).Restore(image.Id));
        Refused(ErrorIds.ImageConflict, () => As(Owner).Open(image.Id));
        As(Owner).Delete(image.Id, delay: false);
        Refused(ErrorIds.ImageNotFound, () => As(Owner).Get(image.Id));
    }

    [Fact]
    public void After_each_end_of_an_upload_neither_operation_nor_lock_nor_partial_file_is_left()
    {
        Image good = As(Owner).Create(Raw), bad = As(Owner).Create(Raw with { DiskFormat = ImageDiskFormat.Vmdk });

        Upload(As(Owner), good.Id, [1]);
        Refused(ErrorIds.ImageConflict, () => Upload(As(Owner), good.Id, [1]));
        Refused(ErrorIds.ImageFormatMismatch, () => Upload(As(Owner), bad.Id, Samples.Noise(5000)));

        Assert.Equal([good.Id.ToString(), good.Id + ".json"], _lab.Files("images"));
        Assert.Empty(_lab.Files("locks"));
        Assert.Empty(_lab.Operations());
        As(Owner).Delete(good.Id, delay: false);
        Assert.Empty(_lab.Files("images"));
        Assert.Empty(_lab.Files("locks"));
        Assert.Empty(_lab.Operations());
    }

    [Fact]
    public void Data_that_the_catalogue_does_not_know_of_is_not_lost_to_an_upload()
    {
        Image image = As(Owner).Create(Raw);
        string path = Path.Combine(_lab.Store.Path, "images", image.Id.ToString());
        File.WriteAllBytes(path, [1, 2, 3]);

        Refused(ErrorIds.ImageConflict, () => Upload(As(Owner), image.Id, [4]));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(ImageStatus.Queued, As(Owner).Get(image.Id).Status);
        Assert.Empty(_lab.Operations());
    }

    [Fact]
    public void A_share_that_is_gone_keeps_no_data_from_another_folder()
    {
        string gone = Path.Combine(_lab.Store.Path, "gone");
        FileImageStore store = new(new FileImageStoreOptions { Folders = [new(_lab.Store.ImagesFolder), new(gone)] });
        ImageService service = new(_lab.Parts with { Stores = [store] }, Owner);
        Image image = service.Create(Raw);

        Assert.Equal(ImageStatus.Active, Upload(service, image.Id, [1]).Status);
    }

    [Fact]
    public void Who_is_refused_writes_nothing_not_even_a_lock()
    {
        Image image = As(Owner).Create(Raw with { Visibility = ImageVisibility.Community, Protected = true });
        Directory.Delete(Path.Combine(_lab.Store.Path, "locks"));

        Refused(ErrorIds.NotAuthorized, () => Upload(As(Stranger), image.Id, [1]));
        Refused(ErrorIds.NotAuthorized, () => As(Stranger).Delete(image.Id, delay: false));
        Refused(ErrorIds.ImageProtected, () => As(Owner).Delete(image.Id, delay: false));
    }

    [Fact]
    public void A_deletion_during_the_upload_leaves_no_file() => Assert.Empty(DeleteWhileSaving());

    [Fact]
    public void A_dry_run_decides_and_changes_nothing()
    {
        Image queued = As(Owner).Create(Raw), active = As(Owner).Create(Raw with { Protected = true });
        Upload(As(Owner), active.Id, [1]);
        Image[] before = [.. As(Owner).List(new ImageQuery())];
        IImageService dry = As(Owner).DryRun();

        Assert.Equal(ImageStatus.Queued, dry.Create(Raw).Status);
        Assert.Equal("x", dry.Update(queued.Id, new ImageChange { Name = "x" }).Name);
        Assert.Equal(ImageStatus.Saving, Upload(dry, queued.Id, [1]).Status);
        Assert.Equal(ImageStatus.Deactivated, dry.Deactivate(active.Id).Status);
        Assert.Equal("two", dry.AddMember(queued.Id, "two").Member);
        dry.Delete(queued.Id, delay: false);
        Refused(ErrorIds.ImageConflict, () => Upload(dry, active.Id, [1]));
        Refused(ErrorIds.ImageProtected, () => dry.Delete(active.Id, delay: false));
        Refused(ErrorIds.NotAuthorized, () => dry.Update(queued.Id, new ImageChange { Visibility = ImageVisibility.Public }));

        Assert.Equal(before.Select(Facts), As(Owner).List(new ImageQuery()).Select(Facts));
        Assert.Empty(As(Owner).ListMembers(queued.Id));
        Assert.Empty(_lab.Files("locks"));
    }

    [Fact]
    public void A_policy_of_ones_own_decides()
    {
        _lab.Policy = PolicyRules.Glance.With("publicize_image: 'role:member'\ndelete_image: '!'\ncontext_is_admin: 'role:boss'", "policy.yaml");
        Image image = As(Owner).Create(new ImageSpec { Visibility = ImageVisibility.Public });

        ServiceException e = Refused(ErrorIds.NotAuthorized, () => As(Owner).Delete(image.Id, delay: false));
        Assert.Contains("'delete_image'", e.Message, StringComparison.Ordinal);
        Image hidden = As(Owner).Create(new ImageSpec { Visibility = ImageVisibility.Private });
        Refused(ErrorIds.ImageNotFound, () => As(Admin).Get(hidden.Id));
        Assert.Equal(2, As(new Identity("b", "head", ["boss", "reader"])).List(new ImageQuery()).Count());
        Assert.Single(As(Admin).List(new ImageQuery()));
    }

    [Fact]
    public void The_policy_is_explained_for_an_image_and_somebody_else()
    {
        Image image = As(Owner).Create(new ImageSpec { Properties = new Dictionary<string, string> { ["team"] = "red" } });
        _lab.Policy = PolicyRules.Glance.With("delete_image: \"'red':%(team)s and user_id:olga\"", "policy.yaml");

        Assert.True(_lab.As(Owner).Explain("delete_image", image.Id, Owner).Allowed);
        PolicyDecision refused = _lab.As(Owner).Explain("delete_image", image.Id, Stranger);
        Assert.Equal(["user_id:olga: 'sam' is not 'olga'"], refused.Deciding.Select(part => $"{part.Check}: {part.Reason}"));
        Assert.True(_lab.As(Owner).Explain("add_image", null, Stranger).Allowed);
        Refused(ErrorIds.ImageNotFound, () => _lab.As(Stranger).Explain("get_image", image.Id, Owner));
    }

    [Fact]
    public void A_list_goes_on_where_what_it_stood_at_is_gone()
    {
        for (int i = 0; i < 6; i++)
        {
            Image image = As(Owner).Create(new ImageSpec { Name = $"i{i}" });
            As(Owner).AddMember(image.Id, "two");
            As(Stranger).SetMember(image.Id, "two", ImageMemberStatus.Accepted);
        }

        List<string?> names = [];
        foreach (Image image in new ImageService(_lab.Parts with { PageSize = 2 }, Stranger).List(new ImageQuery()))
        {
            names.Add(image.Name);
            if (image.Name is "i4" or "i3" or "i2")
                As(Owner).Delete(image.Id, delay: false);
        }

        Assert.Equal(["i5", "i4", "i3", "i2", "i1", "i0"], names);
    }

    [Fact]
    public void Uploads_lists_and_deletions_at_once_fail_for_nobody()
    {
        using EmbeddedStore beside = _lab.OpenBeside();
        ImageServiceParts[] parts = [_lab.Parts, _lab.Parts with { Catalog = beside.Catalog, Locks = beside.Locks }];
        Image shared = As(Owner).Create(Raw);

        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            ImageService service = new(parts[number % 2] with { PageSize = 3 }, Owner);
            Image image = service.Create(Raw);
            Upload(service, image.Id, Samples.Noise(100 + number, number));
            service.Update(shared.Id, new ImageChange { SetProperties = new Dictionary<string, string> { [$"p{number}"] = "" } });
            Assert.Contains(service.List(new ImageQuery()), listed => listed.Id == image.Id);
            if (number % 3 > 0)
                service.Delete(image.Id, delay: number % 3 == 1);
        });

        Assert.Equal(new ImageUsage("one", 21, Enumerable.Range(0, 20).Sum(i => 100L + (3 * i)), 0), As(Owner).GetUsage("one"));
        Assert.Equal(60, As(Owner).Get(shared.Id).Properties.Count);
        Assert.Equal(2 * 40, _lab.Files("images").Length);
        Assert.Empty(_lab.Operations());
        Assert.Empty(_lab.Files("locks"));
    }

    private static string Facts(Image image) => $"{image.Id} {image.Status} {image.Name} {image.UpdatedAt:O}";

    private string[] DeleteWhileSaving()
    {
        InState(ImageStatus.Saving, id => As(Owner).Delete(id, delay: false));
        return [.. _lab.Files("images"), .. _lab.Files("locks"), .. _lab.Operations().Select(operation => operation.Kind)];
    }
}
