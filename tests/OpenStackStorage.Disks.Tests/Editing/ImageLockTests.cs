using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Who holds an image is noticed, in both directions, by the locks that qemu takes.</summary>
public sealed class ImageLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_writer_keeps_readers_and_writers_out_and_readers_keep_writers_out()
    {
        if (!OperatingSystem.IsLinux())
            return;
        string path = _folder.Write("a.img", new byte[4096]);
        ImageOpenOptions raw = new() { Format = DiskImageFormat.Raw };
        using (ImageFormats.OpenWritable(path, raw))
        {
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => ImageFormats.OpenWritable(path, raw)).Id);
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => ImageFormats.Open(path, raw)).Id);
        }

        using (ImageFormats.Open(path, raw))
        using (ImageFormats.Open(path, raw))
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => ImageFormats.OpenWritable(path, raw)).Id);
        ImageFormats.OpenWritable(path, raw).Dispose();
    }

    [NeedsToolFact("qemu-img", "qemu-io")]
    public void Qemu_and_we_notice_each_other()
    {
        string path = _folder["a.qcow2"];
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", path, "1M");
        using (FileBlockDevice.OpenWrite(path))
        {
            (int code, _, string error) = Tool.TryRun("qemu-img", "info", path);
            Assert.Equal(1, code);
            Assert.Contains("lock", error, StringComparison.Ordinal);
        }

        using (ImageFormats.Open(path, new ImageOpenOptions()))
        {
            Assert.Equal(0, Tool.TryRun("qemu-img", "info", path).Code);
            Assert.NotEqual(0, Tool.TryRun("qemu-io", "-c", "write 0 4k", path).Code);
        }

        using Process holder = Process.Start(new ProcessStartInfo(Tool.FindPath("qemu-io")!, [path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            holder.StandardInput.WriteLine("read 0 512"); // answered once the image is open
            holder.StandardOutput.ReadLine();
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => ImageFormats.Open(path, new ImageOpenOptions())).Id);
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => FileBlockDevice.OpenWrite(path)).Id);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }
}
