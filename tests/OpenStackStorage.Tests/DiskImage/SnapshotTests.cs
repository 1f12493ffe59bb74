using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.TestTools;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class SnapshotTests : OperationTest
{
    [Fact]
    public void A_snapshot_keeps_the_disk_and_restoring_brings_it_back()
    {
        string path = Disk();
        string before = Shown(path);
        DiskImageSnapshot made = Make(path, "before");
        Write("a.qcow2", 70_000, 200_000, seed: 3);
        string after = Shown(path);
        MemoryHost host = Host();

        ChangeDiskImageSnapshotOperation.Restore(new ChangeDiskImageSnapshotRequest(path, "before") { PassThru = true }, host);

        Assert.Equal((path, "1", "before", 2L << 20), (made.Path, made.Id, made.Name, made.VirtualSize));
        Assert.InRange(DateTimeOffset.UtcNow - made.CreatedAt, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.NotEqual(before, after);
        Assert.Equal(before, Shown(path));
        Assert.Equal("1", ((DiskImageSnapshot)Assert.Single(host.Objects)).Id);
        Assert.Equal((path, $"Go back to snapshot 'before' (id 1, {made.CreatedAt:u}); what the disk holds now is lost"), Assert.Single(host.Questions));
    }

    [Fact]
    public void Restoring_says_and_gives_the_size_of_then()
    {
        string path = Disk();
        Make(path, "small");
        ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 5 << 20), Host());
        MemoryHost host = Host();

        ChangeDiskImageSnapshotOperation.Restore(new ChangeDiskImageSnapshotRequest(path, "small"), host);

        Assert.EndsWith(", and its size of 5 MiB becomes 2 MiB", Assert.Single(host.Questions).Action, StringComparison.Ordinal);
        Assert.Equal(2L << 20, Assert.Single(Info(new GetDiskImageInfoRequest(path))).VirtualSize);
        Assert.Empty(host.Objects);
    }

    [Fact]
    public void Removing_one_leaves_the_others_and_the_disk()
    {
        string path = Disk();
        string first = Shown(path);
        Make(path, "one");
        Write("a.qcow2", 0, 100_000, seed: 3);
        string second = Shown(path);
        Make(path, "two");
        Write("a.qcow2", 0, 100_000, seed: 4);
        string now = Shown(path);
        MemoryHost host = Host();

        ChangeDiskImageSnapshotOperation.Remove(new ChangeDiskImageSnapshotRequest(path, "one"), host);

        Assert.Equal(["two"], List(path).Select(snapshot => snapshot.Name));
        Assert.Equal(now, Shown(path));
        Assert.Equal(second, Hash(new GetDiskImageHashRequest(path) { Snapshot = "two" }).Hash);
        Assert.NotEqual(first, second);
        Assert.StartsWith("Remove snapshot 'one' (id 1, ", Assert.Single(host.Questions).Action, StringComparison.Ordinal);
        Assert.Empty(host.Objects);
    }

    [Fact]
    public void What_if_changes_nothing()
    {
        string path = Disk();
        Make(path, "one");
        byte[] before = File.ReadAllBytes(path);
        MemoryHost host = Host(answer: false);
        ChangeDiskImageSnapshotRequest request = new(path, "one") { PassThru = true };

        ChangeDiskImageSnapshotOperation.Restore(request, host);
        ChangeDiskImageSnapshotOperation.Remove(request, host);
        NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, "two"), host);

        Assert.Equal(3, host.Questions.Count);
        Assert.Empty(host.Objects);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(null, "alpha", "beta", "alpine")]
    [InlineData("al*", "alpha", "alpine")]
    [InlineData("?eta", "beta")]
    [InlineData("beta", "beta")]
    [InlineData("3", "alpine")]
    [InlineData("x*")]
    public void Names_are_listed_with_wildcards(string? name, params string[] expected)
    {
        string path = Disk();
        foreach (string made in (string[])["alpha", "beta", "alpine"])
            Make(path, made);

        Assert.Equal(expected, List(path, name).Select(snapshot => snapshot.Name));
    }

    [Fact]
    public void What_is_not_there_or_there_already_is_refused()
    {
        string path = Disk();
        MemoryHost host = Host();
        ChangeDiskImageSnapshotRequest request = new(path, "none");

        Refused(ErrorIds.ParameterInvalid, host, () => ChangeDiskImageSnapshotOperation.Remove(request, host));
        Make(path, "one");
        StorageException error = Refused(ErrorIds.ParameterInvalid, host, () => ChangeDiskImageSnapshotOperation.Restore(request, host));
        Assert.StartsWith("'one' (id 1, ", error.Found, StringComparison.Ordinal);
        Refused(ErrorIds.ParameterInvalid, host, () => GetDiskImageSnapshotOperation.Run(new GetDiskImageSnapshotRequest(path) { Name = "none" }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, "one"), host));
        Refused(ErrorIds.ParameterInvalid, host, () => NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, "1"), host));
        Refused(ErrorIds.ParameterInvalid, host, () => ChangeDiskImageSnapshotOperation.Remove(request with { Name = "one", SnapshotId = "2" }, host));
    }

    [Fact]
    public void Other_formats_are_refused_by_name()
    {
        Raw("a.img");
        Convert(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Vhd));
        MemoryHost host = Host();

        StorageException raw = Refused(ErrorIds.ImageFeatureNotSupported, host, () => NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(At("a.img"), "one"), host));
        StorageException vhd = Refused(ErrorIds.ImageFeatureNotSupported, host, () => GetDiskImageSnapshotOperation.Run(new GetDiskImageSnapshotRequest(At("a.vhd")), host));

        Assert.Contains("raw image", raw.Message, StringComparison.Ordinal);
        Assert.Contains("vhd image", vhd.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_backing_file_is_no_hindrance()
    {
        Raw("base.img");
        New(new NewDiskImageRequest("a.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" });
        File.Move(At("base.img"), At("elsewhere.img"));

        Make(At("a.qcow2"), "one");

        Assert.Equal("base.img", Assert.Single(Info(new GetDiskImageInfoRequest(At("a.qcow2")))).BackingFile);
    }

    [NeedsToolFact("qemu-img")]
    public void Both_name_the_same_snapshots_and_go_back_to_those_of_the_other()
    {
        string path = Disk();
        string first = Shown(path);
        Make(path, "ours");
        Write("a.qcow2", 0, 100_000, seed: 3);
        string second = Shown(path);
        Tool.Run("qemu-img", "snapshot", "-c", "theirs", path);
        Write("a.qcow2", 65_536, 300_000, seed: 4);

        string[] listed = [.. Tool.Run("qemu-img", "snapshot", "-l", path).Split('\n').Skip(2).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1).Select(words => $"{words[0]} {words[1]}")];
        Assert.Equal(["1 ours", "2 theirs"], listed);
        Assert.Equal(listed, List(path).Select(snapshot => $"{snapshot.Id} {snapshot.Name}"));
        ChangeDiskImageSnapshotOperation.Restore(new ChangeDiskImageSnapshotRequest(path, "theirs"), Host());
        Assert.Equal(second, Shown(path));
        Tool.Run("qemu-img", "snapshot", "-a", "ours", path);
        Assert.Equal(first, Shown(path));
        ChangeDiskImageSnapshotOperation.Remove(new ChangeDiskImageSnapshotRequest(path, "theirs"), Host());
        Tool.Run("qemu-img", "snapshot", "-d", "ours", path);
        Tool.Run("qemu-img", "check", "-q", path);
        Assert.Equal(first, Shown(path));
    }

    [NeedsToolFact("qemu-img")]
    public void Of_two_with_one_name_only_the_id_tells_which()
    {
        string path = Disk();
        Tool.Run("qemu-img", "snapshot", "-c", "twin", path);
        Tool.Run("qemu-img", "snapshot", "-c", "twin", path);
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ParameterInvalid, host, () => ChangeDiskImageSnapshotOperation.Remove(new ChangeDiskImageSnapshotRequest(path, "twin"), host));
        Assert.Contains("-SnapshotId", error.Remedy, StringComparison.Ordinal);
        ChangeDiskImageSnapshotOperation.Remove(new ChangeDiskImageSnapshotRequest(path, "twin") { SnapshotId = "2" }, host);

        Assert.Equal("1", Assert.Single(List(path)).Id);
    }

    private string Disk()
    {
        Raw("a.img", length: 2 << 20);
        Qcow2("a.img", "a.qcow2", compress: true);
        return At("a.qcow2");
    }

    private string Shown(string path) => Hash(new GetDiskImageHashRequest(path)).Hash;

    private DiskImageSnapshot Make(string path, string name)
    {
        MemoryHost host = Host();
        NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, name), host);
        return (DiskImageSnapshot)Assert.Single(host.Objects);
    }

    private DiskImageSnapshot[] List(string path, string? name = null)
    {
        MemoryHost host = Host();
        GetDiskImageSnapshotOperation.Run(new GetDiskImageSnapshotRequest(path) { Name = name }, host);
        return [.. host.Objects.Cast<DiskImageSnapshot>()];
    }
}
