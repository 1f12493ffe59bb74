using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public class ChangeTests : GlanceTest
{
    [Fact]
    public void A_change_is_told_in_words_and_made()
    {
        GlanceImage image = Publish(Request(spec: new ImageSpec { Name = "win", Tags = ["a", "b"], Properties = new Dictionary<string, string> { ["x"] = "1" } }));
        ImageChange change = new() { Name = "new", Protected = true, AddTags = ["c"], RemoveTags = ["a", "none"], RemoveProperties = ["x"] };
        MemoryHost host = Run(image, change);
        Assert.Equal(("win", "Set name 'new', protected, no property x, tag c, no tag a, no tag none"), Assert.Single(host.Questions));
        GlanceImage changed = Now(image);
        Assert.Equal(("new", true, "b,c", 0), (changed.Name, changed.Protected, string.Join(',', changed.Tags), changed.Properties.Count));
    }

    [Fact]
    public void A_change_of_nothing_is_refused() =>
        Refused(ErrorIds.ParameterInvalid, () => GlanceImageChange.Describe(new ImageChange()));

    [Fact]
    public void What_if_changes_nothing_and_refuses_what_would_be_refused()
    {
        GlanceImage image = Publish(Request(Disk("win.qcow2", DiskImageFormat.Qcow2)));
        Run(image, new ImageChange { Name = "new" }, answer: false);
        Assert.Equal("win", Now(image).Name);
        Refused(ErrorIds.ImageConflict, () => Run(image, new ImageChange { DiskFormat = ImageDiskFormat.Raw }, answer: false));
    }

    [Fact]
    public void Added_tags_are_held_against_the_quota()
    {
        GlanceImage image = Record("win");
        Admin.Images.SetQuota(ImageQuota.Tags, null, 1);
        Run(image, new ImageChange { AddTags = ["a"] });
        Refused(ErrorIds.QuotaExceeded, () => Run(image, new ImageChange { AddTags = ["b"] }));
        Run(image, new ImageChange { AddTags = ["b"], RemoveTags = ["a"] });
        Assert.Equal(["b"], Now(image).Tags);
    }

    [Fact]
    public void A_saved_file_has_the_data_and_the_name_of_the_image()
    {
        string disk = Disk("win.qcow2", DiskImageFormat.Qcow2);
        GlanceImage image = Publish(Request(disk, new ImageSpec { Name = "win 11" }));
        Directory.CreateDirectory(At("out"));
        Assert.Equal(At("out/win 11.qcow2"), Save(image, "out"));
        Assert.Equal(File.ReadAllBytes(disk), File.ReadAllBytes(At("out/win 11.qcow2")));
        Refused(ErrorIds.DestinationExists, () => Save(image, "out"));
        Assert.Equal(At("out/win 11.qcow2"), Save(image, "out", new ImageDownloadOptions { Overwrite = true }));
        Assert.Equal(At("out/win 11.vhdx"), Save(image, "out", new ImageDownloadOptions { ConvertTo = DiskImageFormat.Vhdx }));
    }

    [Fact]
    public void Two_images_of_one_name_are_not_saved_over_each_other()
    {
        string disk = Disk("win.qcow2", DiskImageFormat.Qcow2);
        Directory.CreateDirectory(At("out"));
        HashSet<string> destinations = [];
        ImageDownloadOptions force = new() { Overwrite = true };
        SaveGlanceImageOperation.Run(new SaveGlanceImageRequest(Publish(Request(disk)), "out") { Options = force, Destinations = destinations }, Host());
        Refused(ErrorIds.DestinationExists, () =>
            SaveGlanceImageOperation.Run(new SaveGlanceImageRequest(Publish(Request(disk)), "out") { Options = force, Destinations = destinations }, Host()));
    }

    [Theory]
    [InlineData("../../etc/passwd", "_.._etc_passwd.img")]
    [InlineData("..", null)]
    [InlineData("/", "_.img")]
    [InlineData(".ssh", "ssh.img")]
    [InlineData("con", null)]
    [InlineData("NUL.txt", null)]
    [InlineData("com1", null)]
    [InlineData("common", "common.img")]
    [InlineData("a\nb:c", "a_b_c.img")]
    [InlineData("disk.raw", "disk.raw")]
    public void No_name_of_an_image_leads_out_of_the_folder(string name, string? expected)
    {
        GlanceImage image = Publish(Request(spec: new ImageSpec { Name = name, DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare }));
        Assert.Equal(expected ?? $"{image.ImageId}.img", SaveGlanceImageOperation.FileName(image, null));
    }

    [Fact]
    public void What_if_saves_nothing_and_refuses_an_image_without_data()
    {
        GlanceImage image = Publish(Request(Disk("win.qcow2", DiskImageFormat.Qcow2)));
        SaveGlanceImageOperation.Run(new SaveGlanceImageRequest(image, "x.img"), Host(answer: false));
        Assert.False(File.Exists(At("x.img")));
        Refused(ErrorIds.ImageConflict, () => SaveGlanceImageOperation.Run(new SaveGlanceImageRequest(Record("q"), "x.img"), Host(answer: false)));
    }

    [Fact]
    public void A_wait_ends_with_the_state_and_says_why_it_can_not()
    {
        GlanceImage image = Publish(Request(Disk("win.qcow2", DiskImageFormat.Qcow2)));
        Assert.Equal(image.ImageId, Assert.IsType<GlanceImage>(Assert.Single(Wait(image, ImageStatus.Active).Objects)).ImageId);
        Refused(ErrorIds.ImageWaitFailed, () => Wait(image, ImageStatus.Deactivated));
        Refused(ErrorIds.ImageSizeMismatch, () => Publish(Request(At("win.qcow2"), new ImageSpec { Name = "bad" }) with { Upload = new ImageUploadOptions { ExpectedSize = 5 } }));
        GlanceImage failed = GlanceImages.Find(Admin, "bad");
        StorageException error = Refused(ErrorIds.ImageWaitFailed, () => Wait(failed, ImageStatus.Active));
        Assert.Contains(failed.LastError!, error.Message, StringComparison.Ordinal);
        Admin.Images.Delete(new ImageId(image.ImageId), delay: false);
        Assert.Empty(Wait(image, ImageStatus.Deleted).Objects);
    }

    [Fact]
    public void A_wait_that_is_stopped_ends()
    {
        using CancellationTokenSource stop = new();
        stop.CancelAfter(50);
        WaitGlanceImageRequest request = new(Record("q"), [ImageStatus.Active]) { Interval = TimeSpan.FromHours(1) };
        Assert.ThrowsAny<OperationCanceledException>(() => WaitGlanceImageOperation.Run(request, Host(stop: stop.Token)));
    }

    private MemoryHost Wait(GlanceImage image, ImageStatus status)
    {
        MemoryHost host = Host();
        WaitGlanceImageOperation.Run(new WaitGlanceImageRequest(image, [status], TimeSpan.Zero), host);
        return host;
    }

    private MemoryHost Run(GlanceImage image, ImageChange change, bool answer = true)
    {
        MemoryHost host = Host(answer);
        ChangeGlanceImageOperation.Run(new ChangeGlanceImageRequest(image, GlanceImageChange.Describe(change), (images, id) => images.Update(id, change)), host);
        return host;
    }

    private string Save(GlanceImage image, string path, ImageDownloadOptions? options = null)
    {
        MemoryHost host = Host();
        SaveGlanceImageOperation.Run(new SaveGlanceImageRequest(image, path) { Options = options ?? new ImageDownloadOptions() }, host);
        return Assert.IsType<FileInfo>(Assert.Single(host.Objects)).FullName;
    }
}
