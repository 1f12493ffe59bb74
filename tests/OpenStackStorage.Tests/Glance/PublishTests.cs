using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public class PublishTests : GlanceTest
{
    [Theory]
    [InlineData(DiskImageFormat.Qcow2, "qcow2")]
    [InlineData(DiskImageFormat.Vhdx, "vhdx")]
    [InlineData(DiskImageFormat.Raw, "raw")]
    public void A_file_is_published_under_its_name_in_the_format_that_its_content_has(DiskImageFormat format, string expected)
    {
        GlanceImage image = Publish(Request(Disk("ubuntu-24.04.img", format)));
        Assert.Equal(("ubuntu-24.04", "active", "shared", expected, "bare"), (image.Name, image.Status, image.Visibility, image.DiskFormat, image.ContainerFormat));
        Assert.Equal((1 << 20, "sha512", "default"), (image.VirtualSize, image.HashAlgorithm, image.Owner));
        Assert.Null(image.LastError);
    }

    [Theory]
    [InlineData("ubuntu-24.04", "ubuntu-24.04")]
    [InlineData("win.VMDK", "win")]
    [InlineData("a.b.qcow2", "a.b")]
    public void Only_the_ending_of_an_image_is_left_out_of_the_name(string file, string name) =>
        Assert.Equal(name, GlanceImageContent.NameOf(At(file)));

    [Fact]
    public void A_disk_is_converted_on_its_way_and_recorded_as_what_it_then_is()
    {
        NewGlanceImageRequest request = Request(Disk("win.vmdk", DiskImageFormat.Vmdk)) with { Upload = new ImageUploadOptions { ConvertTo = DiskImageFormat.Qcow2 } };
        Assert.Equal("qcow2", Publish(request).DiskFormat);
        Refused(ErrorIds.ParameterInvalid, () => Publish(request with { Spec = new ImageSpec { DiskFormat = ImageDiskFormat.Vmdk } }));
        Refused(ErrorIds.ParameterInvalid, () => Publish(request with { Spec = new ImageSpec { ContainerFormat = ImageContainerFormat.Ova } }));
    }

    [Fact]
    public void A_lying_or_unsafe_file_is_refused_before_anything_is_made()
    {
        string vhdx = Disk("win.vhdx", DiskImageFormat.Vhdx);
        Refused(ErrorIds.ImageFormatMismatch, () => Publish(Request(vhdx, new ImageSpec { DiskFormat = ImageDiskFormat.Qcow2 })));
        Disk("base.qcow2", DiskImageFormat.Qcow2);
        NewDiskImageOperation.Run(new NewDiskImageRequest("over.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.qcow2" }, Host());
        Refused(ErrorIds.ImageUnsafe, () => Publish(Request(At("over.qcow2"))));
        Assert.Empty(List(new ImageQuery()));
    }

    [Fact]
    public void What_if_makes_nothing_and_refuses_what_would_be_refused()
    {
        string disk = Disk("win.qcow2", DiskImageFormat.Qcow2);
        MemoryHost no = Host(answer: false);
        NewGlanceImageOperation.Run(Request(disk), no);
        Assert.Equal(("win", $"Create an image of format qcow2 from '{disk}'"), Assert.Single(no.Questions));
        Assert.Empty(no.Objects);
        Assert.Empty(List(new ImageQuery()));
        Admin.Images.SetQuota(ImageQuota.SizeTotal, "default", 1000);
        Refused(ErrorIds.QuotaExceeded, () => NewGlanceImageOperation.Run(Request(disk), Host(answer: false)));
        Refused(ErrorIds.NotAuthorized, () => NewGlanceImageOperation.Run(
            Request(spec: new ImageSpec { Visibility = ImageVisibility.Public }, connection: Connect("web", "member")), Host(answer: false)));
    }

    [Fact]
    public void What_if_without_a_store_makes_none()
    {
        MemoryHost no = Host(answer: false);
        NewGlanceImageOperation.Run(new NewGlanceImageRequest(null, () => throw new InvalidOperationException("opened")) { Path = Disk("win.qcow2", DiskImageFormat.Qcow2) }, no);
        Assert.Single(no.Questions);
    }

    [Fact]
    public void A_failed_upload_leaves_a_queued_image_with_its_reason_and_says_so()
    {
        NewGlanceImageRequest request = Request(Disk("win.qcow2", DiskImageFormat.Qcow2)) with { Upload = new ImageUploadOptions { ExpectedSize = 5 } };
        StorageException error = Refused(ErrorIds.ImageSizeMismatch, () => Publish(request));
        GlanceImage image = Assert.IsType<GlanceImage>(Assert.Single(Listed(new ImageQuery()).Objects));
        Assert.Equal("queued", image.Status);
        Assert.StartsWith(image.LastError!, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{image.ImageId} stays queued", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_needs_to_be_told_what_it_is()
    {
        using FileStream stream = File.OpenRead(Disk("win.qcow2", DiskImageFormat.Qcow2));
        NewGlanceImageRequest request = Request() with { Stream = stream };
        Refused(ErrorIds.ParameterInvalid, () => Publish(request));
        Assert.Equal("active", Publish(request with { Spec = new ImageSpec { Name = "s", DiskFormat = ImageDiskFormat.Qcow2 } }).Status);
    }

    [Fact]
    public void A_machine_image_has_the_ids_of_its_kernel_and_ramdisk()
    {
        string disk = Disk("root.img", DiskImageFormat.Raw);
        GlanceImage kernel = Publish(Request(disk, new ImageSpec { Name = "kernel", DiskFormat = ImageDiskFormat.Aki }));
        GlanceImage ramdisk = Publish(Request(disk, new ImageSpec { Name = "ramdisk", ContainerFormat = ImageContainerFormat.Ari }));
        Assert.Equal(("aki", "ari"), (kernel.ContainerFormat, ramdisk.DiskFormat));
        GlanceImage machine = Publish(Request(disk, new ImageSpec { DiskFormat = ImageDiskFormat.Ami }) with { KernelImage = "kernel", RamdiskImage = ramdisk.ImageId.ToString() });
        Assert.Equal((kernel.ImageId.ToString(), ramdisk.ImageId.ToString()), (machine.Properties["kernel_id"], machine.Properties["ramdisk_id"]));
        Refused(ErrorIds.ImageNotFound, () => Publish(Request(disk) with { KernelImage = "none" }));
    }

    [Fact]
    public void A_rotation_names_and_deletes_older_images_of_the_name_but_no_protected_one()
    {
        string disk = Disk("db.qcow2", DiskImageFormat.Qcow2);
        GlanceImage shielded = Publish(Request(disk, new ImageSpec { Protected = true }));
        GlanceImage[] older = [Publish(Request(disk)), Publish(Request(disk))];
        Publish(Request(disk, new ImageSpec { Name = "other" }));
        Record("db");
        MemoryHost host = Host();
        NewGlanceImageOperation.Run(Request(disk) with { Keep = 2 }, host);
        Assert.EndsWith($", then delete {older[0].ImageId}", Assert.Single(host.Questions).Action, StringComparison.Ordinal);
        Assert.Contains(shielded.ImageId.ToString(), Assert.Single(host.Warnings), StringComparison.Ordinal);
        Assert.Equal(["db", "db", "db", "db", "other"], List(new ImageQuery()).Order());
        Refused(ErrorIds.ImageNotFound, () => Now(older[0]));
        Assert.Equal("active", Now(older[1]).Status);
    }

    [Fact]
    public void A_rotation_can_hide_and_deletes_nothing_when_the_new_image_fails()
    {
        string disk = Disk("db.qcow2", DiskImageFormat.Qcow2);
        GlanceImage old = Publish(Request(disk));
        NewGlanceImageRequest failing = Request(disk) with { Keep = 1, Hide = true, Upload = new ImageUploadOptions { ExpectedSize = 5 } };
        Refused(ErrorIds.ImageSizeMismatch, () => Publish(failing));
        Assert.False(Now(old).Hidden);
        Publish(failing with { Upload = new ImageUploadOptions() });
        Assert.True(Now(old).Hidden);
    }

    [Fact]
    public void Two_projects_do_not_rotate_each_others_images()
    {
        string disk = Disk("db.qcow2", DiskImageFormat.Qcow2);
        GlanceImage mine = Publish(Request(disk));
        Publish(Request(disk, connection: Connect("web", "admin")) with { Keep = 1 });
        Assert.Equal("active", Now(mine).Status);
    }
}
