namespace OpenStackStorage.Services.Tests;

/// <summary>What every catalogue keeps and how its transactions behave.</summary>
public abstract class CatalogConformance : CatalogTest
{
    protected static Image Full { get; } = new()
    {
        Id = IdOf(77),
        Name = "Robert'); DROP TABLE images;--",
        Status = ImageStatus.PendingDelete,
        Visibility = ImageVisibility.Community,
        DiskFormat = ImageDiskFormat.Qcow2,
        ContainerFormat = ImageContainerFormat.Bare,
        Size = long.MaxValue,
        VirtualSize = 1L << 40,
        Checksum = "d41d8cd98f00b204e9800998ecf8427e",
        HashAlgorithm = "sha512",
        HashValue = new string('a', 128),
        Owner = "o'ne\"",
        MinDisk = int.MaxValue,
        MinRam = 512,
        Protected = true,
        Hidden = true,
        Tags = ["%", "a", "ä", "\U0001F600"],
        Properties = new Dictionary<string, string> { ["hw_disk_bus"] = "scsi", ["empty"] = "", ["x'; --"] = "\r\n\t" },
        Locations = [new("file", "z"), new("file2", "a/b")],
        CreatedAt = Start.AddMicroseconds(1),
        UpdatedAt = Start.AddMicroseconds(2),
        DeletedAt = Start.AddMicroseconds(3),
        LastError = "no",
    };

    [Fact]
    public void An_image_comes_back_as_it_was_put()
    {
        Put(Full);
        AssertSame(Full, Get(Full.Id)!);
    }

    [Fact]
    public void An_image_takes_the_place_of_the_one_with_its_id_and_keeps_its_members()
    {
        Put(Full);
        Put(new ImageMember(Full.Id, "two", ImageMemberStatus.Accepted, Start, Start));
        Image next = Sample(77, "next") with { Tags = ["b"] };
        Put(next);
        AssertSame(next, Get(Full.Id)!);
        Assert.Single(Catalog.Read(catalog => catalog.ListMembers(Full.Id)));
    }

    [Fact]
    public void An_unknown_image_is_null() => Assert.Null(Get(IdOf(1)));

    [Fact]
    public void A_removed_image_is_forgotten_with_its_members()
    {
        Put(Full);
        Put(new ImageMember(Full.Id, "two", ImageMemberStatus.Accepted, Start, Start));
        Catalog.Write(change =>
        {
            change.RemoveImage(Full.Id);
            return true;
        });
        Assert.Null(Get(Full.Id));
        Put(Full);
        Assert.Empty(Catalog.Read(catalog => catalog.ListMembers(Full.Id)));
    }

    [Fact]
    public void Members_are_put_found_listed_by_age_and_removed()
    {
        Put(Sample(1));
        ImageMember young = Member(1, "a", ImageMemberStatus.Pending) with { CreatedAt = Start.AddDays(1) };
        ImageMember old = Member(1, "z'", ImageMemberStatus.Rejected);
        Put(young);
        Put(old);
        Assert.Equal([old, young], Catalog.Read(catalog => catalog.ListMembers(IdOf(1))));
        ImageMember answered = old with { Status = ImageMemberStatus.Accepted, UpdatedAt = Start.AddDays(2) };
        Put(answered);
        Assert.Equal(answered, Catalog.Read(catalog => catalog.FindMember(IdOf(1), "z'")));
        Assert.True(Catalog.Write(change => change.RemoveMember(IdOf(1), "z'")));
        Assert.False(Catalog.Write(change => change.RemoveMember(IdOf(1), "z'")));
        Assert.Null(Catalog.Read(catalog => catalog.FindMember(IdOf(1), "z'")));
    }

    [Fact]
    public void A_member_of_an_unknown_image_is_refused() =>
        Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ServiceException>(() => Put(Member(1, "two", ImageMemberStatus.Pending))).Id);

    [Fact]
    public void Settings_are_put_replaced_and_removed()
    {
        foreach (string? value in new[] { "1", "2'", null })
        {
            Catalog.Write(change =>
            {
                change.PutSetting("quota'", value);
                return true;
            });
            Assert.Equal(value, Catalog.Read(catalog => catalog.FindSetting("quota'")));
        }
    }

    [Fact]
    public void Operations_are_listed_by_age()
    {
        CatalogOperation young = new(Guid.NewGuid(), "image-upload", "a", "b", Start.AddSeconds(1));
        CatalogOperation old = new(Guid.NewGuid(), "image-delete", "c", "", Start);
        Catalog.Write(change =>
        {
            change.PutOperation(young);
            change.PutOperation(old);
            return true;
        });
        Assert.Equal([old, young], Catalog.Read(catalog => catalog.ListOperations()));
        Catalog.Write(change =>
        {
            change.RemoveOperation(old.Id);
            return true;
        });
        Assert.Equal([young], Catalog.Read(catalog => catalog.ListOperations()));
    }

    [Fact]
    public void Usage_counts_what_is_not_deleted_and_the_data_in_every_store()
    {
        ImageLocation here = new("file", "x");
        Put(
            Sample(1) with { Size = 10, Locations = [here, here with { Store = "other" }] },
            Sample(2) with { Size = 5, Status = ImageStatus.Saving },
            Sample(3) with { Status = ImageStatus.Importing },
            Sample(4) with { Size = 100, Status = ImageStatus.PendingDelete, Locations = [here] },
            Sample(5) with { Size = 100, Status = ImageStatus.Deleted, Locations = [here] },
            Sample(6) with { Size = 100, Status = ImageStatus.Killed, Locations = [here] },
            Sample(7) with { Size = 100, Owner = "two", Locations = [here] });
        Assert.Equal(new ImageUsage("one", 3, 20, 2), Catalog.Read(catalog => catalog.GetImageUsage("one")));
        Assert.Equal(new ImageUsage("nobody", 0, 0, 0), Catalog.Read(catalog => catalog.GetImageUsage("nobody")));
    }

    [Fact]
    public void A_change_that_throws_leaves_nothing()
    {
        Put(Sample(1, "before"));
        Assert.Throws<InvalidOperationException>(() => Catalog.Write<bool>(change =>
        {
            change.PutImage(Sample(1, "after"));
            change.PutImage(Sample(2));
            change.PutSetting("a", "b");
            throw new InvalidOperationException();
        }));
        Assert.Equal("before", Get(IdOf(1))!.Name);
        Assert.Null(Get(IdOf(2)));
        Assert.Null(Catalog.Read(catalog => catalog.FindSetting("a")));
    }

    [Fact]
    public void A_change_sees_what_it_has_changed()
    {
        Assert.Equal("x", Catalog.Write(change =>
        {
            change.PutImage(Sample(1, "x"));
            return change.FindImage(IdOf(1))!.Name;
        }));
    }

    [Fact]
    public void A_query_sees_one_state_whatever_others_change()
    {
        Put(Sample(1));
        (int before, int after) = Catalog.Read(catalog =>
        {
            int first = catalog.ListImages(new ImageQuery(), Alice, 10).Count;
            Task.Run(() => Put(Sample(2))).Wait();
            return (first, catalog.ListImages(new ImageQuery(), Alice, 10).Count);
        });
        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, List(new ImageQuery()).Count);
    }

    [Fact]
    public void Threads_that_change_at_once_lose_no_update()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int turn = 0; turn < 25; turn++)
            {
                Catalog.Write(change =>
                {
                    Image image = change.FindImage(IdOf(1)) ?? Sample(1);
                    change.PutImage(image with { MinDisk = image.MinDisk + 1 });
                    return true;
                });
                Assert.Single(List(new ImageQuery()));
            }
        });
        Assert.Equal(200, Get(IdOf(1))!.MinDisk);
    }

    private static void AssertSame(Image expected, Image actual)
    {
        Assert.Equal(expected.Tags, actual.Tags);
        Assert.Equal(expected.Properties.OrderBy(pair => pair.Key), actual.Properties.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Locations, actual.Locations);
        Assert.Equal(expected, actual with { Tags = expected.Tags, Properties = expected.Properties, Locations = expected.Locations });
    }
}
