using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.TestTools;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class BackingFileTests : OperationTest
{
    [Fact]
    public void Over_another_backing_file_the_disk_shows_the_same()
    {
        string path = Overlay();
        string before = Shown(path);
        MemoryHost host = Host();

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(path, "new.img") { PassThru = true }, host);

        Assert.Equal("new.img", ((DiskImageInfo)Assert.Single(host.Objects)).BackingFile);
        Assert.Equal((path, "Change the backing file from 'old.img' to 'new.img', and copy into the image what differs"), Assert.Single(host.Questions));
        Assert.Equal(before, Shown(path));
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void Without_a_backing_file_the_disk_shows_the_same_alone()
    {
        string path = Overlay();
        string before = Shown(path);
        MemoryHost host = Host();

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(path, null) { None = true }, host);
        File.Delete(At("old.img"));

        Assert.Empty(host.Objects);
        Assert.Null(Assert.Single(Info(new GetDiskImageInfoRequest(path))).BackingFile);
        Assert.Equal(before, Shown(path));
        Assert.Equal((path, "Copy into the image what shows through from 'old.img', and forget that"), Assert.Single(host.Questions));
    }

    [Fact]
    public void A_lost_backing_file_gets_its_new_name_unsafely()
    {
        string path = Overlay();
        string before = Shown(path);
        File.Move(At("old.img"), At("moved.img"));
        long length = new FileInfo(path).Length;
        SetDiskImageBackingFileRequest request = new(path, "moved.img");
        MemoryHost host = Host();

        Refused(ErrorIds.BackingFileNotFound, host, () => SetDiskImageBackingFileOperation.Run(request, host));
        SetDiskImageBackingFileOperation.Run(request with { Unsafe = true }, host);

        Assert.Equal(before, Shown(path));
        Assert.Equal(length, new FileInfo(path).Length);
        Assert.Equal(
            "Name the backing file 'moved.img' in place of 'old.img', and copy nothing; where the image holds nothing itself, what it shows may change or be lost",
            Assert.Single(host.Questions).Action);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void What_if_changes_nothing(bool none, bool isUnsafe)
    {
        string path = Overlay();
        byte[] before = File.ReadAllBytes(path);
        MemoryHost host = Host(answer: false);

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(path, none ? null : "new.img") { None = none, Unsafe = isUnsafe, PassThru = true }, host);

        Assert.Single(host.Questions);
        Assert.Empty(host.Objects);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chain_that_would_loop_is_refused(bool isUnsafe)
    {
        string path = Overlay();
        New(new NewDiskImageRequest("above.qcow2", DiskImageFormat.Qcow2) { BackingFile = "a.qcow2" });
        MemoryHost host = Host();
        SetDiskImageBackingFileRequest request = new(path, "above.qcow2") { Unsafe = isUnsafe };

        Refused(ErrorIds.BackingChainInvalid, host, () => SetDiskImageBackingFileOperation.Run(request, host));
        Refused(ErrorIds.BackingChainInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { BackingFile = "a.qcow2" }, host));
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        string path = Overlay();
        Qcow2("old.img", "alone.qcow2");
        Convert(new ConvertDiskImageRequest(At("old.img"), DiskImageFormat.Vhd));
        MemoryHost host = Host();
        SetDiskImageBackingFileRequest request = new(path, "new.img");

        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { BackingFile = null }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { None = true }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { IgnoreIdMismatch = true }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(At("alone.qcow2"), null) { None = true }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { Path = At("old.img") }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => SetDiskImageBackingFileOperation.Run(request with { Path = At("old.vhd") }, host));
    }

    [Fact]
    public void An_image_that_had_none_gets_one_that_does_not_show()
    {
        string path = Overlay();
        Qcow2("old.img", "alone.qcow2");
        string before = Shown(At("alone.qcow2"));

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(At("alone.qcow2"), path), Host());

        Assert.Equal(before, Shown(At("alone.qcow2")));
        Assert.Equal("a.qcow2", Assert.Single(Info(new GetDiskImageInfoRequest(At("alone.qcow2")))).BackingFile);
    }

    [Theory]
    [InlineData("v2")]
    [InlineData("v3")]
    public void Behind_the_end_of_the_old_backing_file_the_disk_goes_on_showing_zeroes(string subFormat)
    {
        Raw("old.img", length: 1 << 20);
        Raw("new.img", length: 3 << 20, seed: 2);
        New(new NewDiskImageRequest("a.qcow2", DiskImageFormat.Qcow2) { BackingFile = "old.img", Size = (2 << 20) + 512, SubFormat = subFormat });
        string before = Shown(At("a.qcow2"));

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(At("a.qcow2"), "new.img"), Host());

        Assert.Equal(before, Shown(At("a.qcow2")));
    }

    [Fact]
    public void Snapshots_that_read_through_the_backing_file_are_warned_of()
    {
        string path = Overlay();
        NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, "one"), Host());
        MemoryHost host = Host();

        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(path, null) { None = true }, host);

        Assert.StartsWith($"The 1 snapshots of '{path}' read through the backing file too", Assert.Single(host.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DiskImageFormat.Vhd, "unique_id ")]
    [InlineData(DiskImageFormat.Vhdx, "data_write_guid ")]
    public void Another_parent_of_a_differencing_disk_is_known_by_its_identity(DiskImageFormat format, string identity)
    {
        string child = Child(format);
        string before = Shown(child);
        File.Move(At("old"), At("moved"));
        File.Copy(At("new"), At("alien"));
        SetDiskImageBackingFileRequest request = new(child, "alien") { Unsafe = true };
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.BackingFileMismatch, host, () => SetDiskImageBackingFileOperation.Run(request, host));
        Assert.StartsWith(identity, error.Found, StringComparison.Ordinal);
        SetDiskImageBackingFileOperation.Run(request with { IgnoreIdMismatch = true }, host);
        Assert.NotEqual(before, Shown(child));
        SetDiskImageBackingFileOperation.Run(request with { BackingFile = "moved", IgnoreIdMismatch = true }, host);
        Assert.Equal(before, Shown(child));
        SetDiskImageBackingFileOperation.Run(request with { BackingFile = "moved" }, host);

        Assert.Equal(before, Shown(child));
        Assert.Equal(3, host.Questions.Count);
    }

    [Theory]
    [InlineData(DiskImageFormat.Vhd)]
    [InlineData(DiskImageFormat.Vhdx)]
    public void A_differencing_disk_shows_the_same_over_another_parent_and_alone(DiskImageFormat format)
    {
        string child = Child(format);
        string before = Shown(child);
        SetDiskImageBackingFileRequest request = new(child, "new");

        SetDiskImageBackingFileOperation.Run(request, Host());
        Assert.EndsWith("new", Assert.Single(Info(new GetDiskImageInfoRequest(child))).BackingFile, StringComparison.Ordinal);
        File.Delete(At("old"));
        Assert.Equal(before, Shown(child));

        SetDiskImageBackingFileOperation.Run(request with { BackingFile = null, None = true }, Host());
        File.Delete(At("new"));
        Assert.Equal(before, Shown(child));
        Assert.Equal("dynamic", Assert.Single(Info(new GetDiskImageInfoRequest(child))).SubFormat);
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("new.img")]
    [InlineData(null)]
    public void The_result_is_that_of_qemu_img_rebase(string? backing)
    {
        string path = Overlay();
        File.Copy(path, At("theirs.qcow2"));

        Tool.Run("qemu-img", ["rebase", "-q", .. backing is null ? (string[])["-b", ""] : ["-F", "raw", "-b", backing], At("theirs.qcow2")]);
        SetDiskImageBackingFileOperation.Run(new SetDiskImageBackingFileRequest(path, backing) { None = backing is null }, Host());

        Tool.Run("qemu-img", "compare", "-q", path, At("theirs.qcow2"));
        Tool.Run("qemu-img", "check", "-q", path);
        string ours = Tool.Run("qemu-img", "info", "--output=json", path);
        Assert.Equal(backing is not null, ours.Contains("\"backing-filename-format\": \"raw\"", StringComparison.Ordinal));
        Assert.True(new FileInfo(path).Length <= new FileInfo(At("theirs.qcow2")).Length, "more was copied than qemu copies");
    }

    /// <summary>a.qcow2 over old.img, with data of its own; new.img is the same but for some ranges.</summary>
    private string Overlay()
    {
        Raw("old.img", length: 2 << 20);
        File.Copy(At("old.img"), At("new.img"));
        Patch("new.img", 300_000, 1, 2, 3);
        Patch("new.img", 1 << 20, new byte[200_000]);
        New(new NewDiskImageRequest("a.qcow2", DiskImageFormat.Qcow2) { BackingFile = "old.img" });
        Write("a.qcow2", 100_000, 70_000, seed: 5);
        return At("a.qcow2");
    }

    /// <summary>A differencing disk over old, with data of its own; new is another disk of the same size.</summary>
    private string Child(DiskImageFormat format)
    {
        Raw("old.img", length: 6 << 20);
        Convert(new ConvertDiskImageRequest(At("old.img"), format) { DestinationPath = "old" });
        Raw("new.img", length: 6 << 20, seed: 2);
        Patch("new.img", 0, File.ReadAllBytes(At("old.img"))[..(3 << 20)]);
        Convert(new ConvertDiskImageRequest(At("new.img"), format) { DestinationPath = "new" });
        New(new NewDiskImageRequest("child", format) { BackingFile = "old" });
        Write("child", 100_000, 70_000, seed: 5);
        return At("child");
    }

    private string Shown(string path) => Hash(new GetDiskImageHashRequest(path)).Hash;
}
