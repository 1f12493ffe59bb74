namespace OpenStackStorage.Services.Tests;

/// <summary>What every catalogue finds, and in what order.</summary>
public abstract class ImageQueryConformance : CatalogTest
{
    [Fact]
    public void Without_a_filter_the_newest_comes_first_and_the_deleted_not_at_all()
    {
        Put(
            Sample(1),
            Sample(2) with { Status = ImageStatus.Deleted },
            Sample(3) with { Status = ImageStatus.Killed },
            Sample(4) with { Status = ImageStatus.PendingDelete },
            Sample(5) with { Status = ImageStatus.Queued });
        Assert.Equal([5, 1], Find(new ImageQuery()));
        Assert.Equal([4], Find(new ImageQuery { Statuses = [ImageStatus.PendingDelete] }));
        Assert.Empty(Find(new ImageQuery { Statuses = [ImageStatus.Deleted, ImageStatus.Killed] }));
    }

    [Fact]
    public void Every_filter_finds_its_images_and_no_others()
    {
        Put(
            Sample(1, "a") with
            {
                DiskFormat = ImageDiskFormat.Qcow2, ContainerFormat = ImageContainerFormat.Bare, Size = 10, Protected = true, Tags = ["t", "u"],
                Properties = new Dictionary<string, string> { ["k"] = "v", ["l"] = "w" }, Checksum = "c", HashValue = "h",
            },
            Sample(2, "A") with { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Ova, Size = 20, Tags = ["t"], Status = ImageStatus.Queued, Visibility = ImageVisibility.Private },
            Sample(3) with { Properties = new Dictionary<string, string> { ["k"] = "w" }, UpdatedAt = Start.AddDays(1), Visibility = ImageVisibility.Public },
            Sample(4, "hidden") with { Hidden = true });
        Assert.Equal([3, 2, 1], Find(new ImageQuery { Hidden = false }));
        (ImageQuery Query, int[] Found)[] cases =
        [
            (new() { Names = ["a"] }, [1]),
            (new() { Names = ["a", "A", "b"] }, [2, 1]),
            (new() { Ids = [IdOf(3), IdOf(1), IdOf(9)] }, [3, 1]),
            (new() { Statuses = [ImageStatus.Queued] }, [2]),
            (new() { DiskFormats = [ImageDiskFormat.Raw, ImageDiskFormat.Vdi] }, [2]),
            (new() { ContainerFormats = [ImageContainerFormat.Bare] }, [1]),
            (new() { Visibility = ImageVisibility.Private }, [2]),
            (new() { Visibility = ImageVisibility.Shared }, [1]),
            (new() { Owner = "one" }, [3, 2, 1]),
            (new() { Owner = "two" }, []),
            (new() { Protected = true }, [1]),
            (new() { Protected = false }, [3, 2]),
            (new() { Hidden = true }, [4]),
            (new() { SizeMin = 20 }, [2]),
            (new() { SizeMax = 19 }, [1]),
            (new() { Tags = ["t"] }, [2, 1]),
            (new() { Tags = ["u", "t"] }, [1]),
            (new() { Properties = new Dictionary<string, string> { ["k"] = "v" } }, [1]),
            (new() { Properties = new Dictionary<string, string> { ["k"] = "v", ["l"] = "v" } }, []),
            (new() { Checksum = "c" }, [1]),
            (new() { HashValue = "h" }, [1]),
            (new() { CreatedAt = [new(FilterOperator.Equal, Start.AddSeconds(2))] }, [2]),
            (new() { CreatedAt = [new(FilterOperator.NotEqual, Start.AddSeconds(2))] }, [3, 1]),
            (new() { CreatedAt = [new(FilterOperator.Greater, Start.AddSeconds(2))] }, [3]),
            (new() { CreatedAt = [new(FilterOperator.GreaterOrEqual, Start.AddSeconds(2)), new(FilterOperator.Less, Start.AddSeconds(3))] }, [2]),
            (new() { CreatedAt = [new(FilterOperator.LessOrEqual, Start.AddSeconds(2).ToOffset(TimeSpan.FromHours(5)))] }, [2, 1]),
            (new() { UpdatedAt = [new(FilterOperator.Greater, Start.AddHours(1))] }, [3]),
            (new() { Tags = ["t"], SizeMin = 15 }, [2]),
        ];
        Assert.All(cases, one => Assert.Equal(one.Found, Find(one.Query)));
    }

    [Theory]
    [InlineData("win*", new[] { 1, 2 })]
    [InlineData("WIN*", new[] { 1, 2 })]
    [InlineData("*10", new[] { 1 })]
    [InlineData("win?1[01]", new[] { 1, 2 })]
    [InlineData("win?1[1-9]", new[] { 2 })]
    [InlineData("[x]", new[] { 3 })]
    [InlineData("`[x]", new[] { 4 })]
    [InlineData("[[]x]", new[] { 4 })]
    [InlineData("100%", new[] { 5 })]
    [InlineData("100_", new int[0])]
    [InlineData("a`*b", new[] { 6 })]
    [InlineData("a*b", new[] { 6, 7 })]
    [InlineData("[^]", new[] { 8 })]
    [InlineData("[-^]", new[] { 8, 9 })]
    [InlineData("[z", new[] { 10 })]
    [InlineData("ÄR*", new[] { 11 })]
    [InlineData("' OR 1=1 --", new[] { 12 })]
    [InlineData("[]]", new int[0])]
    public void Patterns_are_those_of_PowerShell(string pattern, int[] found)
    {
        string[] names = ["Win-10", "win-11", "X", "[x]", "100%", "a*b", "aXb", "^", "-", "[z", "ärger", "' or 1=1 --"];
        Put([.. names.Select((name, at) => Sample(at + 1, name)), Sample(99)]);
        Assert.Equal(found, Find(new ImageQuery { NamePatterns = [pattern], Sort = [new(ImageSortKey.Id)] }));
    }

    [Fact]
    public void Several_patterns_are_alternatives()
    {
        Put(Sample(1, "a1"), Sample(2, "b1"), Sample(3, "c1"));
        Assert.Equal([2, 1], Find(new ImageQuery { NamePatterns = ["a*", "b*"] }));
    }

    [Fact]
    public void A_viewer_sees_what_Glance_shows()
    {
        Put(
            Sample(1) with { Visibility = ImageVisibility.Private },
            Sample(2) with { Visibility = ImageVisibility.Shared },
            Sample(3) with { Visibility = ImageVisibility.Community },
            Sample(4) with { Visibility = ImageVisibility.Public },
            Sample(5), Sample(6), Sample(7),
            Sample(8) with { Visibility = ImageVisibility.Private });
        Put(Member(5, "two", ImageMemberStatus.Accepted));
        Put(Member(6, "two", ImageMemberStatus.Pending));
        Put(Member(7, "two", ImageMemberStatus.Rejected));
        // Members count while the image is shared alone.
        Put(Member(8, "two", ImageMemberStatus.Accepted));

        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], Find(new ImageQuery(), Alice));
        (ImageQuery Query, int[] Found)[] cases =
        [
            (new(), [5, 4]),
            (new() { AllVisible = true }, [5, 4, 3]),
            (new() { Visibility = ImageVisibility.Community }, [3]),
            (new() { Visibility = ImageVisibility.Public }, [4]),
            (new() { Visibility = ImageVisibility.Private }, []),
            (new() { Visibility = ImageVisibility.Shared }, [5]),
            (new() { Visibility = ImageVisibility.Shared, MemberStatus = ImageMemberStatus.Pending }, [6]),
            (new() { Visibility = ImageVisibility.Shared, MemberStatus = ImageMemberStatus.Rejected }, [7]),
            (new() { Visibility = ImageVisibility.Shared, AnyMemberStatus = true }, [7, 6, 5]),
            (new() { Owner = "one", AllVisible = true }, [5, 4, 3]),
        ];
        Assert.All(cases, one => Assert.Equal(one.Found, Find(one.Query, Bob)));

        // Without a filter Glance keeps the community images of others from admins too.
        Assert.Equal([8, 7, 6, 5, 4, 2, 1], Find(new ImageQuery(), Admin));
        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], Find(new ImageQuery { AllVisible = true }, Admin));
        Assert.Equal([8, 1], Find(new ImageQuery { Visibility = ImageVisibility.Private }, Admin));
    }

    [Fact]
    public void Null_stands_before_every_value()
    {
        Put(Sample(1, "b"), Sample(2), Sample(3, "a"), Sample(4, ""), Sample(5));
        Assert.Equal([2, 5, 4, 3, 1], Find(new ImageQuery { Sort = [new(ImageSortKey.Name)] }));
        Assert.Equal([1, 3, 4, 5, 2], Find(new ImageQuery { Sort = [new(ImageSortKey.Name, Descending: true)] }));
    }

    [Fact]
    public void Ties_go_the_way_of_a_single_key_and_downwards_with_several()
    {
        Put(Sample(1, "a", Start), Sample(2, "a", Start), Sample(3, "a", Start.AddDays(1)));
        Assert.Equal([1, 2, 3], Find(new ImageQuery { Sort = [new(ImageSortKey.Name)] }));
        Assert.Equal([3, 2, 1], Find(new ImageQuery { Sort = [new(ImageSortKey.Name), new(ImageSortKey.Status)] }));
    }

    [Fact]
    public void Pages_together_are_the_whole_list_for_every_sort_and_size()
    {
        PutTies();
        foreach (ImageSortKey key in Enum.GetValues<ImageSortKey>())
        {
            foreach (IReadOnlyList<ImageSort> sort in new IReadOnlyList<ImageSort>[]
                { [new(key)], [new(key, true)], [new(key), new(ImageSortKey.Size, true)], [new(key, true), new(ImageSortKey.Name)] })
            {
                ImageQuery query = new() { Sort = sort };
                int[] whole = Find(query);
                Assert.Equal(40, whole.Length);
                Assert.Equal(whole, Pages(query, 1));
                Assert.Equal(whole, Pages(query, 7));
            }
        }
    }

    [Fact]
    public void A_page_goes_on_behind_an_image_that_was_deleted_meanwhile()
    {
        Put(Sample(1), Sample(2), Sample(3));
        Put(Sample(2) with { Status = ImageStatus.Deleted });
        Assert.Equal([1], Find(new ImageQuery { Marker = IdOf(2) }));
    }

    [Fact]
    public void A_marker_that_is_not_visible_is_not_found()
    {
        Put(Sample(1) with { Visibility = ImageVisibility.Private });
        Assert.Empty(Find(new ImageQuery { Marker = IdOf(1) }, Alice));
        Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ServiceException>(() => Find(new ImageQuery { Marker = IdOf(1) }, Bob)).Id);
        Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ServiceException>(() => Find(new ImageQuery { Marker = IdOf(2) }, Alice)).Id);
    }

    [Fact]
    public void A_page_of_many_images_is_complete()
    {
        Put([.. Enumerable.Range(1, 1200).Select(number => Sample(number) with
        {
            Tags = [$"t{number}"],
            Properties = new Dictionary<string, string> { ["n"] = $"{number}" },
            Locations = [new("file", $"{number}")],
        })]);
        IReadOnlyList<Image> images = List(new ImageQuery { Sort = [new(ImageSortKey.Id)] }, limit: 1100);
        Assert.Equal(1100, images.Count);
        Assert.All(images.Index(), one =>
        {
            string number = $"{one.Index + 1}";
            Assert.Equal($"t{number}", Assert.Single(one.Item.Tags));
            Assert.Equal(number, Assert.Single(one.Item.Properties).Value);
            Assert.Equal(number, Assert.Single(one.Item.Locations).Key);
        });
    }

    private void PutTies() => Put([.. Enumerable.Range(1, 40).Select(number => Sample(number) with
    {
        Name = (number % 5) switch { 0 => null, 1 => "", int rest => $"n{rest}" },
        Size = number % 3 == 0 ? null : number % 4,
        DiskFormat = number % 4 == 0 ? null : (ImageDiskFormat)(number % 3),
        ContainerFormat = number % 2 == 0 ? null : ImageContainerFormat.Bare,
        Status = number % 2 == 0 ? ImageStatus.Active : ImageStatus.Queued,
        CreatedAt = Start.AddSeconds(number % 6),
        UpdatedAt = Start.AddSeconds(number % 4),
    })]);

    private int[] Pages(ImageQuery query, int size)
    {
        List<int> all = [];
        while (Find(query, limit: size) is { Length: > 0 } page)
        {
            all.AddRange(page);
            query = query with { Marker = IdOf(page[^1]) };
        }

        return [.. all];
    }
}
