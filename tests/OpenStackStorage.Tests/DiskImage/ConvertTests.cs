using System.Security.Cryptography;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class ConvertTests : OperationTest
{
    [Fact]
    public void A_conversion_is_asked_for_done_and_told()
    {
        Raw("a.img");
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { Compress = true }, host);

        Assert.Equal([(At("a.qcow2"), "Convert raw of 1 MiB to qcow2 (zlib)")], host.Questions);
        DiskImageInfo info = (DiskImageInfo)Assert.Single(host.Objects);
        Assert.Equal((At("a.qcow2"), "qcow2", 1L << 20, true), (info.Path, info.Format, info.VirtualSize, info.Compressed));
        Assert.Contains(host.Verbose, message => message.Contains("raw by its content", StringComparison.Ordinal));
        (WorkActivity activity, WorkProgress progress) = Assert.Single(host.Activities);
        Assert.Equal((At("a.img"), 1L << 20, 1L << 20), (activity.Target, progress.Done, progress.Total));
        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "a.qcow2", All: true)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_no_leaves_every_byte(bool exists)
    {
        Raw("a.img");
        if (exists)
            Raw("a.qcow2", seed: 2);
        byte[] before = Hash("a.img", exists);
        MemoryHost host = Host(answer: false);

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { Force = true, Verify = true }, host);

        Assert.Single(host.Questions);
        Assert.Empty(host.Activities);
        Assert.Empty(host.Objects);
        Assert.Equal(exists ? ["a.img", "a.qcow2"] : ["a.img"], Names());
        Assert.Equal(before, Hash("a.img", exists));
    }

    [Theory]
    [InlineData(null, "a.qcow2")]
    [InlineData("new.disk", "new.disk")]
    [InlineData("below", "below/a.qcow2")]
    [InlineData("below/", "below/a.qcow2")]
    [InlineData("below/../b.qcow2", "b.qcow2")]
    public void A_destination_is_a_file_a_folder_or_beside_the_source(string? typed, string written)
    {
        Raw("a.img");
        Directory.CreateDirectory(At("below"));

        Convert(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = typed });

        Assert.Contains(written, Names());
        Assert.Equal(2, Names().Length);
    }

    [Theory]
    [InlineData("ubuntu-22.04", "ubuntu-22.04.qcow2")]
    [InlineData("disk", "disk.qcow2")]
    [InlineData("disk.RAW", "disk.qcow2")]
    public void Only_an_images_ending_is_replaced(string source, string written)
    {
        Raw(source);

        Convert(new ConvertDiskImageRequest(At(source), DiskImageFormat.Qcow2));

        Assert.Contains(written, Names());
    }

    [Fact]
    public void A_missing_folder_is_named_before_the_question()
    {
        Raw("a.img");
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.PathNotFound, host,
            () => ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "none/a.qcow2" }, host));

        Assert.Contains($"'{At("none")}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(At("none/a.qcow2"), error.Target);
    }

    [Fact]
    public void An_existing_file_needs_Force()
    {
        Raw("a.img");
        Raw("a.qcow2", seed: 2);
        byte[] before = File.ReadAllBytes(At("a.qcow2"));
        MemoryHost host = Host();
        ConvertDiskImageRequest request = new(At("a.img"), DiskImageFormat.Qcow2);

        StorageException error = Refused(ErrorIds.DestinationExists, host, () => ConvertDiskImageOperation.Run(request, host));
        Assert.Equal(At("a.qcow2"), error.Target);
        Assert.Equal(before, File.ReadAllBytes(At("a.qcow2")));

        Convert(request with { Force = true });
        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "a.qcow2")));
        Assert.Equal(["a.img", "a.qcow2"], Names());
    }

    [Fact]
    public void Two_sources_never_share_a_destination()
    {
        Raw("a.img");
        Raw("b.img", seed: 2);
        HashSet<string> destinations = [];
        ConvertDiskImageRequest request = new(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "one.qcow2", Force = true, Destinations = destinations };
        Convert(request);
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationExists, host, () => ConvertDiskImageOperation.Run(request with { Path = At("b.img") }, host));

        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "one.qcow2")));
    }

    [Theory]
    [InlineData("a.img")]
    [InlineData("below/../a.img")]
    [InlineData("link.img")]
    public void A_source_is_never_written_over(string destination)
    {
        Raw("a.img");
        Directory.CreateDirectory(At("below"));
        if (destination == "link.img")
            File.CreateSymbolicLink(At("link.img"), At("a.img"));
        byte[] before = File.ReadAllBytes(At("a.img"));
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationIsSource, host, () => ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Raw) { DestinationPath = destination, Force = true }, host));

        Assert.Equal(before, File.ReadAllBytes(At("a.img")));
    }

    [Fact]
    public void A_backing_file_is_never_written_over()
    {
        Raw("a.img");
        Qcow2("a.img", "base.qcow2");
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.qcow2" });
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationIsSource, host, () => ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("top.qcow2"), DiskImageFormat.Raw) { DestinationPath = "base.qcow2", Force = true }, host));
    }

    [Fact]
    public void A_chain_is_converted_to_one_image()
    {
        Raw("a.img");
        Qcow2("a.img", "base.qcow2", compress: true);
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.qcow2" });

        Convert(new ConvertDiskImageRequest(At("top.qcow2"), DiskImageFormat.Raw) { DestinationPath = "flat.img" });

        Assert.Equal(File.ReadAllBytes(At("a.img")), File.ReadAllBytes(At("flat.img")));
    }

    [Fact]
    public void A_backing_file_elsewhere_needs_AllowBackingFile()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        MemoryHost host = Host();
        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" }, host);
        Assert.Contains("-AllowBackingFile", Assert.Single(host.Warnings), StringComparison.Ordinal);
        ConvertDiskImageRequest request = new(At("below/top.qcow2"), DiskImageFormat.Raw) { DestinationPath = "flat.img" };
        MemoryHost refusing = Host();

        StorageException error = Refused(ErrorIds.BackingFileNotAllowed, refusing, () => ConvertDiskImageOperation.Run(request, refusing));

        Assert.Equal(At("below/top.qcow2"), error.Target);
        Assert.Equal(["base.img", "below/top.qcow2"], Names());
        Convert(request with { AllowBackingFile = true });
        Assert.Equal(File.ReadAllBytes(At("base.img")), File.ReadAllBytes(At("flat.img")));
    }

    [Fact]
    public void Compared_and_listed_images_keep_to_their_folder_too()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" }, Host());
        CompareDiskImageRequest compare = new("base.img", "below/top.qcow2");

        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.Throws<ImageReferenceException>(() => Compare(compare)).Id);
        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.Throws<ImageReferenceException>(
            () => GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(At("below/top.qcow2")), Host())).Id);

        Assert.Empty(Compare(compare with { AllowBackingFile = true }));
        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(At("below/top.qcow2"), AllowBackingFile: true), Host());
    }

    [Fact]
    public void A_broken_cluster_leaves_neither_target_nor_partial_file()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);
        Patch("a.qcow2", 128 << 10, [.. Enumerable.Repeat((byte)0xFF, 64)]);
        MemoryHost host = Host();

        StorageException error = Assert.ThrowsAny<StorageException>(() => ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.qcow2"), DiskImageFormat.Raw) { DestinationPath = "new.img" }, host));

        Assert.Equal(ErrorIds.ImageCorrupt, error.Id);
        Assert.Equal(["a.img", "a.qcow2"], Names());
        Assert.Empty(host.Objects);
    }

    [Fact]
    public void A_source_that_changes_meanwhile_fails_the_verification()
    {
        // The last byte never rests: what was copied is not what the verification reads.
        Raw("a.img", length: 32 << 20);
        using CancellationTokenSource done = new();
        Thread writer = new(() =>
        {
            using FileStream file = new(At("a.img"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            for (byte value = 1; !done.IsCancellationRequested; value++)
            {
                file.Position = file.Length - 1;
                file.WriteByte(value);
                Thread.Yield();
            }
        });
        MemoryHost host = Host();
        writer.Start();
        StorageException error;
        try
        {
            error = Assert.Throws<StorageException>(() => ConvertDiskImageOperation.Run(
                new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { Verify = true }, host));
        }
        finally
        {
            done.Cancel();
            writer.Join();
        }

        Assert.Equal(ErrorIds.VerificationFailed, error.Id);
        Assert.Contains("guest offset 33553920", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("partial", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.img"], Names());
    }

    [Fact]
    public void A_verification_counts_as_work()
    {
        Raw("a.img");
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { Verify = true }, host);

        WorkProgress progress = Assert.Single(host.Activities).Progress;
        Assert.Equal((2L << 20, 2L << 20), (progress.Done, progress.Total));
    }

    [Fact]
    public void Raw_data_that_looks_like_an_image_is_warned_of()
    {
        Raw("a.img");
        Qcow2("a.img", "inner.qcow2");
        Convert(new ConvertDiskImageRequest(At("inner.qcow2"), DiskImageFormat.Qcow2) { SourceFormat = DiskImageFormat.Raw, DestinationPath = "outer.qcow2" });
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("outer.qcow2"), DiskImageFormat.Raw) { DestinationPath = "again.raw" }, host);

        Assert.Contains("qcow2", Assert.Single(host.Warnings), StringComparison.Ordinal);
        Assert.Equal("raw", ((DiskImageInfo)Assert.Single(host.Objects)).Format);
        Assert.Equal(File.ReadAllBytes(At("inner.qcow2")), File.ReadAllBytes(At("again.raw")));
    }

    [Fact]
    public void An_ambiguous_source_needs_its_format_named()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2");
        Patch("a.qcow2", 0x8000, [1, .. "CD001"u8, 1]);
        MemoryHost host = Host();
        ConvertDiskImageRequest request = new(At("a.qcow2"), DiskImageFormat.Raw) { DestinationPath = "new.img" };

        StorageException error = Refused(ErrorIds.ImageFormatMismatch, host, () => ConvertDiskImageOperation.Run(request, host));

        Assert.Equal("qcow2, iso", error.Found);
        Convert(request with { SourceFormat = DiskImageFormat.Qcow2 });
        Assert.Equal(File.ReadAllBytes(At("a.img")), File.ReadAllBytes(At("new.img")));
    }

    [Fact]
    public void A_format_that_is_only_recognised_is_no_source()
    {
        File.WriteAllBytes(At("a.qed"), [.. "QED\0"u8, .. new byte[4092]]);
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageFeatureNotSupported, host,
            () => ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.qed"), DiskImageFormat.Raw), host));

        Assert.Contains("qed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bytes(int threads)
    {
        Raw("a.img", length: (3 << 20) + 1000);
        Convert(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "one.qcow2", Compress = true, ThrottleLimit = 1 });
        Convert(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "many.qcow2", Compress = true, ThrottleLimit = threads });

        Assert.Equal(File.ReadAllBytes(At("one.qcow2")), File.ReadAllBytes(At("many.qcow2")));
    }

    [Theory]
    [InlineData(DiskImageFormat.Qcow2, true, 1 << 20)]
    [InlineData(DiskImageFormat.Raw, false, 1 << 20)]
    [InlineData(DiskImageFormat.Qcow2, true, (128 << 20) + (1 << 20))] // in the verification
    public void A_stop_leaves_neither_target_nor_partial_file(DiskImageFormat format, bool compress, long after)
    {
        Raw("a.raw", length: 128 << 20);

        StopAfter(after, host => ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.raw"), format) { DestinationPath = "new.disk", Compress = compress, CompressionLevel = compress ? 1 : null, Verify = true }, host));

        Assert.Equal(["a.raw"], Names());
    }

    [Fact]
    public void A_stream_optimized_disk_counts_as_compressed()
    {
        Raw("a.raw", length: 4 << 20);
        ConvertDiskImageRequest request = new(At("a.raw"), DiskImageFormat.Vmdk) { CompressionLevel = 9 };

        Assert.Equal("streamOptimized", Convert(request with { SubFormat = "streamoptimized" }).SubFormat);
        StorageException error = Assert.Throws<StorageException>(
            () => ConvertDiskImageOperation.Run(request with { SubFormat = "monolithicSparse", Force = true }, Host()));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
    }

    [Fact]
    public void A_stop_before_the_work_writes_nothing()
    {
        Raw("a.img");
        MemoryHost host = Host(stop: new CancellationToken(canceled: true));

        Assert.ThrowsAny<OperationCanceledException>(() => ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2), host));

        Assert.Equal(["a.img"], Names());
    }

    private byte[] Hash(string name, bool exists) =>
        SHA256.HashData([.. File.ReadAllBytes(At(name)), .. exists ? File.ReadAllBytes(At("a.qcow2")) : []]);
}
