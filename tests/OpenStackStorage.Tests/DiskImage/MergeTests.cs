using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.TestTools;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class MergeTests : OperationTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_parent_shows_what_the_overlay_does(bool raw)
    {
        string[] chain = Chain(raw);
        string expected = Shown(chain[2]);
        MemoryHost host = Host();

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]), host);

        Assert.Equal((chain[1], "Merge top.qcow2 into this image"), Assert.Single(host.Questions));
        Assert.Equal(chain[1], ((DiskImageInfo)Assert.Single(host.Objects)).Path);
        Assert.Equal(expected, Shown(chain[1]));
        Assert.Equal(expected, Shown(chain[2]));
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void The_middle_of_a_chain_goes_into_the_base_and_the_top_shows_the_same()
    {
        string[] chain = Chain(raw: true);
        (string middle, string top) = (Shown(chain[1]), Shown(chain[2]));

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[1]) { Destination = "base.img" }, Host());

        Assert.Equal((middle, middle, top), (Shown(chain[0]), Shown(chain[1]), Shown(chain[2])));
    }

    [Fact]
    public void A_far_ancestor_breaks_what_lies_between_and_so_needs_force()
    {
        string[] chain = Chain(raw: true);
        string expected = Shown(chain[2]);
        byte[] before = File.ReadAllBytes(chain[0]);
        MergeDiskImageRequest request = new(chain[2]) { Destination = "base.img" };
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageHasOverlays, host, () => MergeDiskImageOperation.Run(request, host));
        Assert.Equal(chain[1], error.Found);
        Assert.Equal(before, File.ReadAllBytes(chain[0]));
        MergeDiskImageOperation.Run(request with { Force = true }, host);

        Assert.Equal((expected, expected), (Shown(chain[0]), Shown(chain[2])));
        Assert.Contains(chain[1], Assert.Single(host.Warnings), StringComparison.Ordinal);
        Assert.Equal((chain[0], "Merge top.qcow2, middle.qcow2 into this image"), Assert.Single(host.Questions));
    }

    [Fact]
    public void Another_overlay_of_the_destination_is_not_broken_unsaid()
    {
        string[] chain = Chain(raw: false);
        New(new NewDiskImageRequest("other.qcow2", DiskImageFormat.Qcow2) { BackingFile = "middle.qcow2" });
        byte[] before = File.ReadAllBytes(chain[1]);
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageHasOverlays, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]), host));

        Assert.Equal(At("other.qcow2"), error.Found);
        Assert.Equal(before, File.ReadAllBytes(chain[1]));
    }

    [Fact]
    public void Links_hide_no_overlay_and_make_none()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there
        string[] chain = Chain(raw: false);
        File.CreateSymbolicLink(At("link.qcow2"), chain[1]);
        Directory.CreateSymbolicLink(At("folder"), Path.GetDirectoryName(chain[0])!);
        MergeDiskImageOperation.Run(new MergeDiskImageRequest(Path.Combine(At("folder"), "top.qcow2")), Host());
        New(new NewDiskImageRequest("other.qcow2", DiskImageFormat.Qcow2) { BackingFile = "link.qcow2" });
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageHasOverlays, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]), host));

        Assert.Equal(At("other.qcow2"), error.Found);
    }

    [Fact]
    public void A_VHDX_knows_the_parent_that_it_was_merged_into_by_its_new_identity()
    {
        (string parent, string child) = Differencing();
        string expected = Shown(child);
        object identity = Fact(parent, "data_write_guid");

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(child), Host());

        Assert.Equal((expected, expected), (Shown(parent), Shown(child)));
        Assert.NotEqual(identity, Fact(parent, "data_write_guid"));
        Assert.Equal(Fact(child, "parent_linkage"), Fact(parent, "data_write_guid"));
        MergeDiskImageOperation.Run(new MergeDiskImageRequest(child), Host());
        Assert.Equal((expected, expected), (Shown(parent), Shown(child)));
    }

    [Fact]
    public void A_VMDK_knows_the_parent_that_it_was_merged_into_by_its_new_CID()
    {
        Raw("parent.img", length: 5 << 20);
        Convert(new ConvertDiskImageRequest(At("parent.img"), DiskImageFormat.Vmdk));
        (string parent, string child) = (At("parent.vmdk"), At("child.vmdk"));
        New(new NewDiskImageRequest("child.vmdk", DiskImageFormat.Vmdk) { BackingFile = "parent.vmdk" });
        Write("child.vmdk", 100_000, 70_000, seed: 7);
        string expected = Shown(child);
        object identity = Fact(parent, "cid");

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(child), Host());

        Assert.Equal((expected, expected), (Shown(parent), Shown(child)));
        Assert.NotEqual(identity, Fact(parent, "cid"));
        Assert.Equal(Fact(child, "parentCID"), Fact(parent, "cid"));
    }

    [Fact]
    public void A_merge_into_a_VHDX_that_was_stopped_can_be_done_again()
    {
        (string parent, string child) = Differencing();
        string expected = Shown(child);
        using (ImageEditor editor = new(ImageFormats.OpenWritable(parent, new ImageOpenOptions())))
        {
            // All that a merge does before it writes, and its first block: then the power is cut.
            ImageMerge.Introduce(editor.Image, child, DiskImageFormat.Vhdx, isMerged: false);
            byte[] bytes = new byte[70_000];
            using (Disks.DiskImage top = ImageFormats.Open(child, new ImageOpenOptions { Gate = OpenGate.SameFolder }))
                new ImageReader(top).Read(new GuestOffset(100_000), bytes);
            editor.Write(new GuestOffset(100_000), bytes);
            editor.Flush();
        }

        Assert.Equal(expected, Shown(child));
        MergeDiskImageOperation.Run(new MergeDiskImageRequest(child), Host());

        Assert.Equal((expected, expected), (Shown(parent), Shown(child)));
        Assert.Equal(Fact(child, "parent_linkage"), Fact(parent, "data_write_guid"));
    }

    [Fact]
    public void Over_a_far_VHDX_the_images_between_open_as_well()
    {
        (_, string child) = Differencing();
        New(new NewDiskImageRequest("top.vhdx", DiskImageFormat.Vhdx) { BackingFile = "child.vhdx" });
        Write("top.vhdx", 300_000, 5000, seed: 9);
        string expected = Shown(At("top.vhdx"));

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(At("top.vhdx")) { Destination = "parent.vhdx", Force = true }, Host());

        Assert.Equal((expected, expected), (Shown(At("parent.vhdx")), Shown(At("top.vhdx"))));
        Assert.Equal(Fact(child, "parent_linkage"), Fact(At("parent.vhdx"), "data_write_guid"));
    }

    [Fact]
    public void What_if_changes_nothing()
    {
        string[] chain = Chain(raw: false);
        byte[][] before = [.. chain.Select(File.ReadAllBytes)];
        MemoryHost host = Host(answer: false);

        MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]), host);

        Assert.Single(host.Questions);
        Assert.Empty(host.Objects);
        Assert.Equal(before, chain.Select(File.ReadAllBytes));
    }

    [Fact]
    public void Only_an_image_of_the_chain_is_a_destination()
    {
        string[] chain = Chain(raw: false);
        Raw("alien.img");
        MemoryHost host = Host();

        Refused(ErrorIds.ParameterInvalid, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]) { Destination = "alien.img" }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]) { Destination = "top.qcow2" }, host));
        Refused(ErrorIds.PathNotFound, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[2]) { Destination = "none" }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[0]), host));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData(false)]
    [InlineData(true)]
    public void The_result_is_that_of_qemu_img_commit(bool raw)
    {
        string[] chain = Chain(raw);
        Directory.CreateDirectory(At("theirs"));
        string[] theirs = [.. chain.Select(path => Path.Combine(At("theirs"), Path.GetFileName(path)))];
        for (int i = 0; i < chain.Length; i++)
            File.Copy(chain[i], theirs[i]);

        Tool.Run("qemu-img", "commit", "-q", "-d", "-b", "base.img", theirs[1]);
        MergeDiskImageOperation.Run(new MergeDiskImageRequest(chain[1]), Host());

        string format = raw ? "raw" : "qcow2";
        Tool.Run("qemu-img", "compare", "-q", "-f", format, "-F", format, chain[0], theirs[0]);
        Tool.Run("qemu-img", "compare", "-q", chain[2], theirs[2]);
        if (!raw)
            Tool.Run("qemu-img", "check", "-q", chain[0]);
    }

    /// <summary>base.img (raw, or qcow2 in spite of its name) below middle.qcow2 below top.qcow2, which is larger.</summary>
    private string[] Chain(bool raw)
    {
        Raw("base.img", length: 2 << 20);
        if (!raw)
        {
            Qcow2("base.img", "base.qcow2", compress: true);
            File.Move(At("base.qcow2"), At("base.img"), overwrite: true);
        }

        New(new NewDiskImageRequest("middle.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" });
        Write("middle.qcow2", 100_000, 70_000, seed: 7);
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "middle.qcow2", Size = 3 << 20 });
        Write("top.qcow2", 150_000, 400_000, seed: 8);
        Write("top.qcow2", (3 << 20) - 1000, 1000, seed: 9);
        return [At("base.img"), At("middle.qcow2"), At("top.qcow2")];
    }

    /// <summary>parent.vhdx below child.vhdx, which has data of its own.</summary>
    private (string Parent, string Child) Differencing()
    {
        Raw("parent.img", length: 5 << 20);
        Convert(new ConvertDiskImageRequest(At("parent.img"), DiskImageFormat.Vhdx) { ClusterSize = 1 << 20 });
        New(new NewDiskImageRequest("child.vhdx", DiskImageFormat.Vhdx) { BackingFile = "parent.vhdx" });
        Write("child.vhdx", 100_000, 70_000, seed: 7);
        Write("child.vhdx", (4 << 20) - 512, 1024, seed: 8);
        return (At("parent.vhdx"), At("child.vhdx"));
    }

    private object Fact(string path, string name) => Assert.Single(Info(new GetDiskImageInfoRequest(path))).FormatDetails[name];

    private string Shown(string path) => Hash(new GetDiskImageHashRequest(path)).Hash;
}
