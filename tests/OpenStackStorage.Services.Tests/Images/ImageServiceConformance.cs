using System.Text.Json;

namespace OpenStackStorage.Services.Tests.Images;

/// <summary>What every implementation of <see cref="IImageService"/> answers. Derive from it and say how to get one.</summary>
public abstract partial class ImageServiceConformance
{
    protected static readonly Identity Owner = new("olga", "one", ["member"]);

    protected static readonly Identity Reader = new("rita", "one", ["reader"]);

    protected static readonly Identity Stranger = new("sam", "two", ["member"]);

    protected static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    /// <summary>The same images for one identity or another.</summary>
    protected abstract IImageService As(Identity identity);

    [Fact]
    public void A_new_image_has_Glances_defaults()
    {
        using JsonDocument golden = Golden("glance-image-create");
        JsonElement body = golden.RootElement.GetProperty("body");

        Image image = As(Owner).Create(new ImageSpec
        {
            Name = "g",
            DiskFormat = ImageDiskFormat.Qcow2,
            ContainerFormat = ImageContainerFormat.Bare,
            Tags = ["a"],
            Properties = new Dictionary<string, string> { ["os_distro"] = "debian" },
        });

        Assert.Equal(body.GetProperty("status").GetString(), ImageWords.Of(image.Status));
        Assert.Equal(body.GetProperty("visibility").GetString(), ImageWords.Of(image.Visibility));
        Assert.Equal(body.GetProperty("min_ram").GetInt32(), image.MinRam);
        Assert.Equal(body.GetProperty("min_disk").GetInt32(), image.MinDisk);
        Assert.Equal(body.GetProperty("protected").GetBoolean(), image.Protected);
        Assert.Equal(body.GetProperty("os_hidden").GetBoolean(), image.Hidden);
        Assert.Null(image.Size);
        Assert.Null(image.VirtualSize);
        Assert.Null(image.Checksum);
        Assert.Null(image.HashAlgorithm);
        Assert.Empty(image.Locations);
        Assert.Equal("debian", image.Properties["os_distro"]);
        Assert.Equal(["a"], image.Tags);
        Assert.Equal("one", image.Owner);
        Assert.Equal(image.CreatedAt, image.UpdatedAt);
        Assert.Equal(image.Id, As(Owner).Get(image.Id).Id);
    }

    [Fact]
    public void An_id_is_given_once_even_after_its_image_was_deleted()
    {
        ImageId id = ImageId.New();
        As(Owner).Create(new ImageSpec { Id = id });
        RefusedAs("glance-image-create-duplicate-id", () => As(Owner).Create(new ImageSpec { Id = id }));
        RefusedAs("glance-image-create-duplicate-id", () => As(Stranger).Create(new ImageSpec { Id = id }));

        As(Owner).Delete(id, delay: false);

        RefusedAs("glance-image-create-duplicate-id", () => As(Owner).Create(new ImageSpec { Id = id }));
    }

    [Fact]
    public void An_image_that_is_not_there_or_not_visible_is_not_found()
    {
        Image mine = As(Owner).Create(new ImageSpec { Visibility = ImageVisibility.Private });

        RefusedAs("glance-image-404", () => As(Owner).Get(ImageId.New()));
        RefusedAs("glance-image-404", () => As(Stranger).Get(mine.Id));
        RefusedAs("glance-image-404", () => As(Stranger).Update(mine.Id, new ImageChange { Name = "x" }));
        RefusedAs("glance-image-404", () => As(Stranger).Delete(mine.Id, delay: false));
        RefusedAs("glance-image-404", () => As(Stranger).Open(mine.Id));
        RefusedAs("glance-image-404", () => As(Stranger).ListMembers(mine.Id));
        Assert.Equal(mine.Id, As(Admin).Get(mine.Id).Id);
    }

    [Fact]
    public void Read_only_attributes_are_refused_at_creation_and_change()
    {
        Dictionary<string, string> status = new() { ["status"] = "active" };
        Image image = As(Owner).Create(new ImageSpec());

        RefusedAs("glance-image-create-readonly-status", () => As(Owner).Create(new ImageSpec { Properties = status }));
        RefusedAs("glance-image-patch-readonly", () => As(Owner).Update(image.Id, new ImageChange { SetProperties = status }));
        RefusedAs("glance-image-patch-readonly", () => As(Owner).Update(image.Id, new ImageChange { RemoveProperties = ["status"] }));
    }

    [Theory]
    [InlineData(ImageVisibility.Shared, false)]
    [InlineData(ImageVisibility.Private, false)]
    [InlineData(ImageVisibility.Community, true)]
    [InlineData(ImageVisibility.Public, true)]
    public void Visibility_says_who_reads_an_image(ImageVisibility visibility, bool others)
    {
        Image image = As(Admin).Create(new ImageSpec { Owner = "one", Visibility = visibility });

        Assert.Equal(image.Id, As(Owner).Get(image.Id).Id);
        Assert.Equal(image.Id, As(Reader).Get(image.Id).Id);
        if (others)
            Assert.Equal(image.Id, As(Stranger).Get(image.Id).Id);
        else
            Refused(ErrorIds.ImageNotFound, () => As(Stranger).Get(image.Id));
        Assert.Equal(visibility is ImageVisibility.Public, As(Stranger).List(new ImageQuery()).Any());
    }

    [Fact]
    public void What_is_seen_but_not_owned_is_not_changed()
    {
        Image image = As(Owner).Create(new ImageSpec { Visibility = ImageVisibility.Community });

        foreach (Identity other in new[] { Stranger, Reader })
        {
            Refused(ErrorIds.NotAuthorized, () => As(other).Update(image.Id, new ImageChange { Name = "x" }));
            Refused(ErrorIds.NotAuthorized, () => As(other).Delete(image.Id, delay: false));
            Refused(ErrorIds.NotAuthorized, () => As(other).Deactivate(image.Id));
            Refused(ErrorIds.NotAuthorized, () => Upload(As(other), image.Id, [1]));
        }

        Refused(ErrorIds.NotAuthorized, () => As(Reader).Create(new ImageSpec()));
    }

    [Fact]
    public void Only_admins_publish_images_and_give_them_to_others()
    {
        Image image = As(Owner).Create(new ImageSpec());

        Refused(ErrorIds.NotAuthorized, () => As(Owner).Create(new ImageSpec { Visibility = ImageVisibility.Public }));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).Update(image.Id, new ImageChange { Visibility = ImageVisibility.Public }));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).Create(new ImageSpec { Owner = "two" }));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).Update(image.Id, new ImageChange { Owner = "two" }));
        Assert.Equal(ImageVisibility.Public, As(Admin).Update(image.Id, new ImageChange { Visibility = ImageVisibility.Public }).Visibility);
        Assert.Equal("two", As(Admin).Update(image.Id, new ImageChange { Owner = "two" }).Owner);
        Assert.Equal("two", As(Admin).Create(new ImageSpec { Owner = "two" }).Owner);
    }

    [Fact]
    public void A_change_sets_what_it_names_and_nothing_else()
    {
        Image image = As(Owner).Create(new ImageSpec { Name = "a", MinDisk = 1, Tags = ["x"], Properties = new Dictionary<string, string> { ["p"] = "1", ["q"] = "2" } });

        Image changed = As(Owner).Update(image.Id, new ImageChange
        {
            MinRam = 512,
            Hidden = true,
            Tags = ["z", "y", "z"],
            SetProperties = new Dictionary<string, string> { ["q"] = "3", ["r"] = "4" },
            RemoveProperties = ["p"],
        });

        Assert.Equal(("a", 1, 512, true), (changed.Name, changed.MinDisk, changed.MinRam, changed.Hidden));
        Assert.Equal(["y", "z"], changed.Tags);
        Assert.Equal(["q=3", "r=4"], changed.Properties.Select(p => $"{p.Key}={p.Value}").Order());
        Assert.Equal(changed.Properties, As(Owner).Get(image.Id).Properties);
        Refused(ErrorIds.ImageConflict, () => As(Owner).Update(image.Id, new ImageChange { RemoveProperties = ["p"] }));
    }

    [Fact]
    public void A_list_comes_in_pages_and_holds_what_the_identity_sees()
    {
        for (int i = 0; i < 3; i++)
            As(Owner).Create(new ImageSpec { Name = $"i{i}" });
        As(Stranger).Create(new ImageSpec());
        As(Owner).Create(new ImageSpec { Hidden = true });

        Assert.Equal(["i2", "i1", "i0"], As(Owner).List(new ImageQuery()).Select(image => image.Name));
        Assert.Equal(4, As(Admin).List(new ImageQuery()).Count());
        Refused(ErrorIds.NotAuthorized, () => As(new Identity("n", "one", ["other"])).List(new ImageQuery()));
    }

    [Fact]
    public void A_protected_image_is_not_deleted()
    {
        Image image = As(Owner).Create(new ImageSpec { Protected = true });

        Refused(ErrorIds.ImageProtected, () => As(Owner).Delete(image.Id, delay: false));
        Refused(ErrorIds.ImageProtected, () => As(Admin).Delete(image.Id, delay: true));
        As(Owner).Update(image.Id, new ImageChange { Protected = false });
        As(Owner).Delete(image.Id, delay: false);
        Refused(ErrorIds.ImageNotFound, () => As(Owner).Get(image.Id));
    }

    [Fact]
    public void Usage_is_shown_to_the_project_and_to_admins()
    {
        Image image = As(Owner).Create(Raw);
        Upload(As(Owner), image.Id, new byte[100]);
        As(Owner).Create(new ImageSpec());

        Assert.Equal(new ImageUsage("one", 2, 100, 0), As(Owner).GetUsage("one"));
        Assert.Equal(2, As(Admin).GetUsage("one").Count);
        Refused(ErrorIds.NotAuthorized, () => As(Stranger).GetUsage("one"));
    }

    protected static ImageSpec Raw => new() { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare };

    internal static Image Upload(IImageService service, ImageId id, byte[] data, ImageUploadOptions? options = null) =>
        service.Upload(id, new ImageContent.FromStream(new MemoryStream(data), data.Length), options ?? new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);

    protected static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException e = Assert.Throws<ServiceException>(action);
        Assert.Equal(id, e.Id);
        return e;
    }

    /// <summary>Refused with the meaning that a recorded response of Glance has.</summary>
    protected static void RefusedAs(string golden, Action action)
    {
        using JsonDocument document = Golden(golden);
        ErrorId id = document.RootElement.GetProperty("status").GetInt32() switch
        {
            400 => ErrorIds.ParameterInvalid,
            403 => ErrorIds.NotAuthorized,
            404 => ErrorIds.ImageNotFound,
            409 => ErrorIds.ImageConflict,
            int other => throw new InvalidOperationException($"{golden} has status {other}"),
        };
        Refused(id, action);
    }

    protected static JsonDocument Golden(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "glance", name + ".json")));
}
