using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public class FindTests : GlanceTest
{
    [Fact]
    public void A_name_of_several_images_is_refused_with_their_ids()
    {
        (GlanceImage first, GlanceImage second) = (Record("win"), Record("win"));
        StorageException error = Refused(ErrorIds.ImageNameAmbiguous, () => GlanceImages.Find(Admin, "win"));
        Assert.Contains(first.ImageId.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(second.ImageId.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_exact_before_it_is_a_name_in_another_case()
    {
        GlanceImage upper = Record("WIN");
        Assert.Equal(upper.ImageId, GlanceImages.Find(Admin, "win").ImageId);
        GlanceImage lower = Record("win");
        Assert.Equal(lower.ImageId, GlanceImages.Find(Admin, "win").ImageId);
        Refused(ErrorIds.ImageNameAmbiguous, () => GlanceImages.Find(Admin, "Win"));
    }

    [Fact]
    public void A_name_with_wildcards_in_it_names_itself_alone()
    {
        Record("win1");
        Refused(ErrorIds.ImageNotFound, () => GlanceImages.Find(Admin, "win*"));
        Record("w[1]*`?");
        Assert.Equal("w[1]*`?", GlanceImages.Find(Admin, "w[1]*`?").Name);
    }

    [Fact]
    public void An_image_is_found_by_its_id_and_hidden_ones_by_name()
    {
        GlanceImage hidden = Publish(Request(spec: new ImageSpec { Name = "old", Hidden = true }));
        Assert.Equal("old", GlanceImages.Find(Admin, hidden.ImageId.ToString()).Name);
        Assert.Equal(hidden.ImageId, GlanceImages.Find(Admin, "old").ImageId);
    }

    [Fact]
    public void An_image_in_the_trash_comes_behind_the_others_but_for_its_restoration()
    {
        string disk = Disk("win.qcow2", Disks.DiskImageFormat.Qcow2);
        GlanceImage deleted = Publish(Request(disk));
        Admin.Images.Delete(new ImageId(deleted.ImageId), delay: true);
        Assert.Equal(deleted.ImageId, GlanceImages.Find(Admin, "win").ImageId);
        GlanceImage next = Publish(Request(disk));
        Assert.Equal(next.ImageId, GlanceImages.Find(Admin, "win").ImageId);
        Assert.Equal(deleted.ImageId, GlanceImages.Find(Admin, "win", inTrash: true).ImageId);
    }

    [Fact]
    public void Where_there_is_no_store_there_is_no_image() =>
        Assert.All([() => GlanceImages.Find(null, "win"), () => GlanceImages.Get(null, ImageId.New())], (Action find) => Refused(ErrorIds.ImageNotFound, find));

    [Fact]
    public void A_list_has_names_by_wildcards_in_any_case_and_names_what_is_missing()
    {
        Record("Win10");
        Record("win11");
        Record("db");
        Assert.Equal(["Win10", "win11"], List(new ImageQuery { Sort = GlanceImageSort.Parse(["created_at:asc"]) }, "WIN*"));
        MemoryHost host = Listed(new ImageQuery(), "DB", "none", "no*");
        Assert.Equal(["db"], host.Objects.Cast<GlanceImage>().Select(image => image.Name));
        Assert.Equal("none", Assert.Single(host.Errors).Target);
    }

    [Fact]
    public void A_list_shows_one_image_by_its_id_be_it_hidden_or_not()
    {
        GlanceImage hidden = Publish(Request(spec: new ImageSpec { Name = "old", Hidden = true }));
        Assert.Equal(["old"], List(new ImageQuery(), hidden.ImageId.ToString()));
    }

    [Theory]
    [InlineData("name:asc,size", "Name asc, Size desc")]
    [InlineData("name : asc", "Name asc")]
    [InlineData("created_at:desc", "CreatedAt desc")]
    public void A_sort_has_keys_with_directions_and_desc_without(string text, string expected) =>
        Assert.Equal(expected, string.Join(", ", GlanceImageSort.Parse([text]).Select(key => $"{key.Key} {(key.Descending ? "desc" : "asc")}")));

    [Theory]
    [InlineData("nope", "Invalid sort key: 'nope'. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.")]
    [InlineData("name:up", "Invalid sort direction: 'up'. It must be one of the following: asc, desc.")]
    [InlineData("name:", "Invalid sort direction: ''. It must be one of the following: asc, desc.")]
    [InlineData("Name", "Invalid sort key: 'Name'. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.")]
    [InlineData("name,", "Invalid sort key: ''. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.")]
    public void A_sort_that_there_is_none_of_is_refused_as_Glance_does(string text, string message) =>
        Assert.Equal(message, Refused(ErrorIds.ParameterInvalid, () => GlanceImageSort.Parse([text])).Message);

    [Fact]
    public void Names_are_completed_from_their_beginning_and_quoted_where_they_need_it()
    {
        Record("win 11");
        Record("win's");
        Record("db");
        Record("w*");
        Assert.Equal(["'win 11'", "'win''s'"], new GlanceImageNameCompleter().Names(Admin, "WIN").Select(StoreNameCompleter.Quote));
        Assert.Equal(["win 11"], new GlanceImageNameCompleter().Names(Admin, "'win "));
        Assert.Equal(["w*"], new GlanceImageNameCompleter().Names(Admin, "w*"));
        Assert.Equal("db", StoreNameCompleter.Quote("db"));
        Assert.Equal("'$x'", StoreNameCompleter.Quote("$x"));
    }

    [Fact]
    public void A_completion_without_a_connection_is_empty_and_no_error() =>
        Assert.Empty(new GlanceImageNameCompleter().CompleteArgument("", "", "w", null!, new Dictionary<string, object>()));
}
