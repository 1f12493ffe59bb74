using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class NewTests : OperationTest
{
    public static TheoryData<DiskImageFormat, Preallocation> Preallocations { get; } = new()
    {
        { DiskImageFormat.Raw, Preallocation.Off },
        { DiskImageFormat.Raw, Preallocation.Falloc },
        { DiskImageFormat.Raw, Preallocation.Full },
        { DiskImageFormat.Qcow2, Preallocation.Off },
        { DiskImageFormat.Qcow2, Preallocation.Metadata },
        { DiskImageFormat.Qcow2, Preallocation.Falloc },
        { DiskImageFormat.Qcow2, Preallocation.Full },
    };

    [Theory]
    [MemberData(nameof(Preallocations))]
    public void Every_preallocation_makes_a_sound_empty_disk(DiskImageFormat format, Preallocation preallocation)
    {
        DiskImageInfo info = New(new NewDiskImageRequest("new", format) { Size = 8 << 20, Preallocation = preallocation });

        Assert.Equal(8 << 20, info.VirtualSize);
        MemoryHost check = Host();
        CheckDiskImageOperation.List(new CheckDiskImageRequest(At("new"), Deep: true), check);
        Assert.Empty(check.Objects);
        File.WriteAllBytes(At("zeroes"), new byte[8 << 20]);
        Assert.Empty(Compare(new CompareDiskImageRequest("new", "zeroes")));
        bool reserved = preallocation is Preallocation.Falloc or Preallocation.Full;
        if (OperatingSystem.IsLinux())
            Assert.Equal(reserved, info.AllocatedSize >= 8 << 20);
    }

    [Fact]
    public void A_no_makes_nothing_and_leaves_what_is_there()
    {
        Raw("kept.img");
        byte[] before = File.ReadAllBytes(At("kept.img"));
        MemoryHost host = Host(answer: false);

        NewDiskImageOperation.Run(new NewDiskImageRequest("new.img", DiskImageFormat.Raw) { Size = 1 << 20 }, host);
        NewDiskImageOperation.Run(new NewDiskImageRequest("kept.img", DiskImageFormat.Raw) { Size = 4096, Force = true }, host);

        Assert.Equal([(At("new.img"), "Create raw image of 1 MiB"), (At("kept.img"), "Create raw image of 4 KiB")], host.Questions);
        Assert.Equal(["kept.img"], Names());
        Assert.Equal(before, File.ReadAllBytes(At("kept.img")));
    }

    [Fact]
    public void An_existing_file_needs_Force()
    {
        Raw("a.img");
        NewDiskImageRequest request = new("a.img", DiskImageFormat.Raw) { Size = 4096 };
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationExists, host, () => NewDiskImageOperation.Run(request, host));

        Assert.Equal(4096, New(request with { Force = true }).VirtualSize);
    }

    [Fact]
    public void A_folder_is_never_replaced()
    {
        Directory.CreateDirectory(At("below"));
        MemoryHost host = Host();

        Refused(ErrorIds.PathNotSupported, host,
            () => NewDiskImageOperation.Run(new NewDiskImageRequest("below", DiskImageFormat.Raw) { Size = 4096, Force = true }, host));
    }

    [Fact]
    public void Size_and_format_come_from_the_backing_file()
    {
        Raw("base.img", length: 3 << 20);

        DiskImageInfo info = New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" });

        Assert.Equal((3L << 20, "base.img"), (info.VirtualSize, info.BackingFile));
        Assert.Empty(Compare(new CompareDiskImageRequest("base.img", "top.qcow2")));
    }

    [Fact]
    public void A_size_of_its_own_wins_over_that_of_the_backing_file()
    {
        Raw("base.img");

        Assert.Equal(5 << 20, New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img", Size = 5 << 20 }).VirtualSize);
    }

    [Fact]
    public void A_backing_file_of_the_same_folder_is_named_without_its_folder()
    {
        Directory.CreateDirectory(At("below"));
        Raw("below/base.img");
        MemoryHost host = Host();

        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "below/base.img" }, host);

        Assert.Equal("base.img", ((DiskImageInfo)Assert.Single(host.Objects)).BackingFile);
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void A_backing_file_of_another_folder_is_named_in_full_and_warned_of()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        MemoryHost host = Host();

        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" }, host);

        Assert.Equal(At("base.img"), ((DiskImageInfo)Assert.Single(host.Objects)).BackingFile);
        Assert.Contains("another folder", Assert.Single(host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_backing_file_is_never_replaced_by_its_overlay()
    {
        Raw("base.img");
        New(new NewDiskImageRequest("middle.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" });
        byte[] before = File.ReadAllBytes(At("base.img"));
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationIsSource, host, () => NewDiskImageOperation.Run(
            new NewDiskImageRequest("base.img", DiskImageFormat.Qcow2) { BackingFile = "middle.qcow2", Force = true }, host));

        Assert.Equal(before, File.ReadAllBytes(At("base.img")));
    }

    [Fact]
    public void A_missing_backing_file_is_named()
    {
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.PathNotFound, host,
            () => NewDiskImageOperation.Run(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "none.img" }, host));

        Assert.Equal("none.img", error.Target);
        Assert.Empty(Names());
    }

    public static TheoryData<string, NewDiskImageRequest> BadRequests { get; } = new()
    {
        { "metadata", new("new", DiskImageFormat.Raw) { Preallocation = Preallocation.Metadata } },
        { "cluster size", new("new", DiskImageFormat.Raw) { ClusterSize = 4096 } },
        { "subformat", new("new", DiskImageFormat.Raw) { SubFormat = "v3" } },
        { "option colour", new("new", DiskImageFormat.Raw) { Options = Option("colour", "blue") } },
        { "option 'colour'", new("new", DiskImageFormat.Qcow2) { Options = Option("colour", "blue") } },
        { "cluster size of 5000", new("new", DiskImageFormat.Qcow2) { ClusterSize = 5000 } },
        { "cluster size of 4194304", new("new", DiskImageFormat.Qcow2) { ClusterSize = 4 << 20 } },
        { "cluster size of 256", new("new", DiskImageFormat.Qcow2) { ClusterSize = 256 } },
        { "-ClusterSize", new("new", DiskImageFormat.Qcow2) { ClusterSize = 1UL << 40 } },
        { "-Size", new("new", DiskImageFormat.Qcow2) { Size = ulong.MaxValue } },
        { "largest disk", new("new", DiskImageFormat.Qcow2) { Size = 1UL << 60 } },
        { "'v9'", new("new", DiskImageFormat.Qcow2) { SubFormat = "v9" } },
        { "'2.0'", new("new", DiskImageFormat.Qcow2) { Options = Option("compat", "2.0") } },
        { "refcount_bits", new("new", DiskImageFormat.Qcow2) { Options = Option("refcount_bits", "12") } },
        { "lazy_refcounts", new("new", DiskImageFormat.Qcow2) { Options = Option("lazy_refcounts", "perhaps") } },
        { "extended_l2", new("new", DiskImageFormat.Qcow2) { SubFormat = "v2", Options = Option("extended_l2", "on") } },
        { "zstd", new("new", DiskImageFormat.Qcow2) { SubFormat = "v2", CompressionType = CompressionType.Zstd } },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void What_the_format_can_not_be_is_refused_before_the_question(string told, NewDiskImageRequest request)
    {
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ParameterInvalid, host, () => NewDiskImageOperation.Run(request with { Size = request.Size ?? 1 << 20 }, host));

        Assert.Contains(told, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Names());
    }

    [Fact]
    public void Preallocation_would_hide_a_backing_file()
    {
        Raw("base.img");
        MemoryHost host = Host();

        Refused(ErrorIds.ParameterInvalid, host, () => NewDiskImageOperation.Run(
            new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img", Preallocation = Preallocation.Metadata }, host));
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    public void Space_that_is_written_counts_as_work(DiskImageFormat format)
    {
        MemoryHost host = Host();

        // Small clusters: many tables and refcount blocks lie between the data.
        NewDiskImageOperation.Run(
            new NewDiskImageRequest("new", format) { Size = 8 << 20, ClusterSize = format == DiskImageFormat.Raw ? null : 512u, Preallocation = Preallocation.Full }, host);

        WorkProgress progress = Assert.Single(host.Activities).Progress;
        Assert.Equal((8L << 20, 8L << 20), (progress.Done, progress.Total));
        MemoryHost check = Host();
        CheckDiskImageOperation.List(new CheckDiskImageRequest(At("new")), check);
        Assert.Empty(check.Objects);
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    public void A_stop_while_space_is_written_leaves_nothing(DiskImageFormat format)
    {
        StopAfter(16 << 20, host => NewDiskImageOperation.Run(
            new NewDiskImageRequest("new", format) { Size = 1UL << 30, Preallocation = Preallocation.Full }, host));

        Assert.Empty(Names());
    }

    private static Dictionary<string, string> Option(string name, string value) => new() { [name] = value };
}
