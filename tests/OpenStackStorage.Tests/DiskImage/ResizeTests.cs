using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.TestTools;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class ResizeTests : OperationTest
{
    [Theory]
    [InlineData(DiskImageFormat.Raw, 3UL << 20)]
    [InlineData(DiskImageFormat.Raw, (2UL << 20) + 512)]
    [InlineData(DiskImageFormat.Raw, 1UL << 20)]
    [InlineData(DiskImageFormat.Qcow2, 5UL << 30)]
    [InlineData(DiskImageFormat.Qcow2, 512UL << 10)]
    [InlineData(DiskImageFormat.Vhd, 5UL << 30)]
    [InlineData(DiskImageFormat.Vhd, 512UL << 10)]
    [InlineData(DiskImageFormat.Vhdx, 5UL << 40)]
    [InlineData(DiskImageFormat.Vhdx, 512UL << 10)]
    public void The_disk_keeps_its_bytes_up_to_the_smaller_size_and_has_zeroes_behind(DiskImageFormat format, ulong size)
    {
        string path = Disk(format, 2 << 20);
        byte[] before = File.ReadAllBytes(At("a.img"));
        MemoryHost host = Host();

        Resize(new ResizeDiskImageRequest(path, size) { Shrink = true, PassThru = true }, host, format);

        DiskImageInfo info = (DiskImageInfo)Assert.Single(host.Objects);
        Assert.Equal(((long)size, format.ToString().ToUpperInvariant()), (info.VirtualSize!.Value, info.Format.ToUpperInvariant()));
        using Disks.DiskImage image = ImageFormats.Open(path, new ImageOpenOptions { Format = format });
        byte[] after = new byte[Math.Min((long)size, 4 << 20)];
        new ImageReader(image).Read(new GuestOffset(0), after);
        byte[] expected = new byte[after.Length];
        before.AsSpan(0, Math.Min(before.Length, after.Length)).CopyTo(expected);
        Assert.Equal(expected, after);
        Assert.Empty(Check(path));
    }

    [Fact]
    public void A_shrink_must_be_meant_and_says_what_is_lost()
    {
        string path = Disk(DiskImageFormat.Qcow2, 2 << 20);
        byte[] before = File.ReadAllBytes(path);
        ResizeDiskImageRequest request = new(path, 1 << 20);
        MemoryHost host = Host(answer: false);

        StorageException error = Refused(ErrorIds.ParameterInvalid, host, () => ResizeDiskImageOperation.Run(request, host));
        Assert.Contains("-Shrink", error.Remedy, StringComparison.Ordinal);
        ResizeDiskImageOperation.Run(request with { Shrink = true }, host);

        Assert.Equal((path, "Shrink qcow2 from 2 MiB to 1 MiB; the last 1 MiB of the disk are lost"), Assert.Single(host.Questions));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_raw_disk_is_resized_only_by_name()
    {
        string path = Disk(DiskImageFormat.Raw, 2 << 20);
        MemoryHost host = Host();

        Refused(ErrorIds.ImageFormatMismatch, host, () => ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 4 << 20), host));
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    [InlineData(DiskImageFormat.Vhdx)]
    public void No_partition_is_cut(DiskImageFormat format)
    {
        // Entry 1 of an MBR: from sector 2048, 1024 sectors: it ends at 1.5 MiB.
        Raw("a.img", length: 2 << 20);
        Patch("a.img", 446, 0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0);
        Patch("a.img", 462, new byte[48]);
        Patch("a.img", 510, 0x55, 0xAA);
        string path = Pack(format);
        ResizeDiskImageRequest request = new(path, (3 << 19) - 512) { Shrink = true, SourceFormat = format };
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.PartitionWouldBeCut, host, () => ResizeDiskImageOperation.Run(request, host));
        Assert.Equal($"'{path}' can't get 1572352 bytes: partition 1 ends at byte 1572864.", error.Message);
        Resize(request with { Size = 3 << 19 }, host, format);
        Refused(ErrorIds.ParameterInvalid, Host(), () => ResizeDiskImageOperation.Run(request with { Size = 4 << 20, MoveBackupGpt = true }, host));
    }

    [Fact]
    public void No_partition_of_a_disk_with_4096_byte_sectors_is_cut()
    {
        // Entry 1 of an MBR: from sector 256, 256 sectors: with 4096 bytes each it ends at 2 MiB, with 512 at 256 KiB.
        Raw("a.img", length: 4 << 20);
        Patch("a.img", 446, 0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0);
        Patch("a.img", 462, new byte[48]);
        Patch("a.img", 510, 0x55, 0xAA);
        New(new NewDiskImageRequest("a.vhdx", DiskImageFormat.Vhdx) { Size = 4 << 20, Options = new Dictionary<string, string> { ["logical_sector_size"] = "4096" } });
        using (ImageEditor editor = new(ImageFormats.OpenWritable(At("a.vhdx"), new ImageOpenOptions())))
        {
            editor.Write(default, File.ReadAllBytes(At("a.img")));
            editor.Close();
        }

        MemoryHost host = Host();
        ResizeDiskImageRequest request = new(At("a.vhdx"), 1 << 20) { Shrink = true };
        Refused(ErrorIds.PartitionWouldBeCut, host, () => ResizeDiskImageOperation.Run(request, host));
        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(At("a.vhdx")), host);
        Assert.Equal(1 << 20, ((DiskImagePartition)Assert.Single(host.Objects)).Start);
    }

    [NeedsToolTheory("sgdisk", "qemu-img")]
    [InlineData(DiskImageFormat.Raw, 64)]
    [InlineData(DiskImageFormat.Raw, 17)]
    [InlineData(DiskImageFormat.Qcow2, 64)]
    [InlineData(DiskImageFormat.Qcow2, 17)]
    public void The_backup_of_a_GPT_goes_with_the_end_of_the_disk(DiskImageFormat format, int mebibytes)
    {
        string path = Gpt(format);
        ResizeDiskImageRequest request = new(path, (ulong)mebibytes << 20) { Shrink = true, MoveBackupGpt = true, SourceFormat = format };
        MemoryHost host = Host();

        ResizeDiskImageOperation.Run(request, host);

        Assert.EndsWith(", and move the backup GPT", Assert.Single(host.Questions).Action, StringComparison.Ordinal);
        Assert.Empty(host.Warnings);
        Tool.Run("qemu-img", "convert", "-f", format.ToString().ToLowerInvariant(), "-O", "raw", path, At("out.img"));
        Assert.Equal((long)mebibytes << 20, new FileInfo(At("out.img")).Length);
        Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", At("out.img")), StringComparison.Ordinal);
        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(path), host);
        Assert.Equal((1L << 20, 15L << 20), Assert.Single(host.Objects.Cast<DiskImagePartition>().Select(partition => (partition.Start, partition.Length))));
    }

    [NeedsToolFact("sgdisk")]
    public void The_backup_of_a_GPT_is_never_cut_off()
    {
        string path = Gpt(DiskImageFormat.Raw);
        ResizeDiskImageRequest request = new(path, 17 << 20) { Shrink = true, SourceFormat = DiskImageFormat.Raw };
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ParameterInvalid, host, () => ResizeDiskImageOperation.Run(request, host));
        Assert.Contains("-MoveBackupGpt", error.Remedy, StringComparison.Ordinal);
        Refused(ErrorIds.PartitionWouldBeCut, host, () => ResizeDiskImageOperation.Run(request with { Size = 16 << 20, MoveBackupGpt = true }, host));
        ResizeDiskImageOperation.Run(request with { Size = 64 << 20 }, host);
        Assert.Contains("-MoveBackupGpt", Assert.Single(host.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw, Preallocation.Falloc)]
    [InlineData(DiskImageFormat.Raw, Preallocation.Full)]
    [InlineData(DiskImageFormat.Qcow2, Preallocation.Metadata)]
    [InlineData(DiskImageFormat.Qcow2, Preallocation.Falloc)]
    [InlineData(DiskImageFormat.Qcow2, Preallocation.Full)]
    [InlineData(DiskImageFormat.Vhdx, Preallocation.Metadata)]
    [InlineData(DiskImageFormat.Vhdx, Preallocation.Falloc)]
    [InlineData(DiskImageFormat.Vhdx, Preallocation.Full)]
    public void The_new_space_is_reserved_as_asked(DiskImageFormat format, Preallocation preallocation)
    {
        string path = Disk(format, 2 << 20);
        (long length, long allocated) = (new FileInfo(path).Length, Assert.Single(Info(new GetDiskImageInfoRequest(path))).AllocatedSize);
        MemoryHost host = Host();

        Resize(new ResizeDiskImageRequest(path, 10 << 20) { Preallocation = preallocation, PassThru = true }, host, format);

        DiskImageInfo info = (DiskImageInfo)Assert.Single(host.Objects);
        // A cluster or two of the file may have been free.
        if (preallocation is Preallocation.Metadata)
            Assert.True(new FileInfo(path).Length >= length + (7 << 20), "the space has no place in the file");
        else
            Assert.True(info.AllocatedSize >= allocated + (7 << 20), $"{info.AllocatedSize} bytes are allocated");
        Assert.Empty(Check(path));
        Assert.Equal(10L << 20, info.VirtualSize);
    }

    [Fact]
    public void An_image_that_others_read_through_is_not_shrunk()
    {
        string path = Disk(DiskImageFormat.Qcow2, 2 << 20);
        New(new NewDiskImageRequest("over.qcow2", DiskImageFormat.Qcow2) { BackingFile = "a.qcow2" });
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageHasOverlays, host, () => ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 1 << 20) { Shrink = true }, host));

        Assert.Equal(At("over.qcow2"), error.Found);
        ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 4 << 20), host);
    }

    [Fact]
    public void A_VHDX_whose_children_would_not_know_it_any_more_is_not_grown_either()
    {
        string path = Disk(DiskImageFormat.Vhdx, 2 << 20);
        New(new NewDiskImageRequest("over.vhdx", DiskImageFormat.Vhdx) { BackingFile = "a.vhdx" });
        MemoryHost host = Host();

        StorageException error = Refused(ErrorIds.ImageHasOverlays, host, () => ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 4 << 20), host));

        Assert.Equal(At("over.vhdx"), error.Found);
        ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(At("over.vhdx"), 4 << 20), host);
    }

    [Fact]
    public void An_image_in_use_is_refused()
    {
        string path = Disk(DiskImageFormat.Qcow2, 2 << 20);
        using WritableImage user = ImageFormats.OpenWritable(path, new ImageOpenOptions());

        Assert.Equal(ErrorIds.ImageInUse, Assert.ThrowsAny<StorageException>(() => ResizeDiskImageOperation.Run(new ResizeDiskImageRequest(path, 4 << 20), Host())).Id);
    }

    private static void Resize(ResizeDiskImageRequest request, MemoryHost host, DiskImageFormat format) =>
        ResizeDiskImageOperation.Run(request with { SourceFormat = format }, host);

    private string Disk(DiskImageFormat format, int length)
    {
        Raw("a.img", length);
        return Pack(format);
    }

    private string Pack(DiskImageFormat format)
    {
        if (format == DiskImageFormat.Raw)
            return At("a.img");
        return Convert(new ConvertDiskImageRequest(At("a.img"), format) { ClusterSize = format == DiskImageFormat.Vhdx ? 1 << 20 : null }).Path;
    }

    /// <summary>32 MiB with one partition from 1 to 16 MiB.</summary>
    private string Gpt(DiskImageFormat format)
    {
        using (FileStream file = File.Create(At("a.img")))
            file.SetLength(32 << 20);
        Tool.Run("sgdisk", "-n", "1:2048:32767", At("a.img"));
        return Pack(format);
    }

    private DiskImageCheck[] Check(string path)
    {
        MemoryHost host = Host();
        CheckDiskImageOperation.List(new CheckDiskImageRequest(path, Deep: false), host);
        return [.. host.Objects.Cast<DiskImageCheck>()];
    }
}
