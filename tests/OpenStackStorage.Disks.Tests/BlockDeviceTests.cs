using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks.Tests;

public class BlockDeviceTests
{
    [Fact]
    public void A_directory_is_refused()
    {
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.OpenRead(Path.GetTempPath()));
        Assert.Equal(ErrorIds.PathNotSupported, error.Id);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.OpenRead("/no/such/file.img"));
        Assert.Equal(ErrorIds.PathNotFound, error.Id);
        Assert.Equal("/no/such/file.img", error.Target);
    }

    [NeedsToolFact("mkfifo")]
    public void A_pipe_is_refused_without_waiting_for_its_other_end()
    {
        using TemporaryFolder folder = new();
        Tool.Run("mkfifo", folder["pipe"]);
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.OpenRead(folder["pipe"]));
        Assert.Equal(ErrorIds.PathNotSupported, error.Id);
    }

    [Fact]
    public void A_character_device_is_refused()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => FileBlockDevice.OpenRead("/dev/zero")).Id);
    }

    [Fact]
    public void Holes_of_a_sparse_file_are_found()
    {
        using TemporaryFolder folder = new();
        using FileBlockDevice file = FileBlockDevice.CreateNew(folder["sparse"]);
        file.SetLength(64 << 20);
        file.Write(new HostOffset(32 << 20), new byte[1 << 20].AsSpan());
        if (!OperatingSystem.IsLinux())
            return;
        Assert.Equal(new HostExtent(default, 32 << 20, IsData: false), file.ExtentAt(default, new HostOffset(64 << 20)));
        Assert.Equal(new HostExtent(new HostOffset(32 << 20), 1 << 20, IsData: true), file.ExtentAt(new HostOffset(32 << 20), new HostOffset(64 << 20)));
        Assert.Equal(new HostExtent(new HostOffset(33 << 20), 31 << 20, IsData: false), file.ExtentAt(new HostOffset(33 << 20), new HostOffset(64 << 20)));
    }

    [Fact]
    public void A_length_beyond_the_file_system_is_an_error_of_ours()
    {
        using TemporaryFolder folder = new();
        using FileBlockDevice file = FileBlockDevice.CreateNew(folder["huge"]);
        // Some file systems take even that length.
        if (Record.Exception(() => file.SetLength(long.MaxValue)) is { } error)
            Assert.Equal(ErrorIds.InsufficientSpace, Assert.IsType<StorageException>(error).Id);
    }

    [Fact]
    public void Space_that_is_not_there_is_refused_before_it_is_written()
    {
        if (!Directory.Exists("/dev/shm"))
            return;
        string path = $"/dev/shm/{Guid.NewGuid():N}";
        using FileBlockDevice file = FileBlockDevice.CreateNew(path);
        File.Delete(path);
        long length = new DriveInfo("/dev/shm").TotalSize + (1 << 20);
        // Written zeroes would meet the cancelled token first.
        StorageException error = Assert.Throws<StorageException>(
            () => file.Preallocate(default, length, Preallocation.Falloc, new WorkProgress(), new CancellationToken(canceled: true)));
        Assert.Equal(ErrorIds.InsufficientSpace, error.Id);
    }

    [Fact]
    public void What_Windows_tells_of_a_file_lies_where_Windows_writes_it()
    {
        Assert.Equal(52, Marshal.SizeOf<WindowsPlatform.FileInformation>());
        Assert.Equal(28, Marshal.OffsetOf<WindowsPlatform.FileInformation>("VolumeSerialNumber"));
        Assert.Equal(44, Marshal.OffsetOf<WindowsPlatform.FileInformation>("FileIndexHigh"));
    }

    [Fact]
    public void Of_two_files_that_take_a_name_at_the_same_moment_one_is_refused()
    {
        using TemporaryFolder folder = new();
        for (int round = 0; round < 200; round++)
        {
            string path = folder[$"same{round}"];
            using PendingFile first = PendingFile.Create(path, overwrite: false);
            using PendingFile second = PendingFile.Create(path, overwrite: false);
            using Barrier start = new(2);
            Exception?[] errors = new Exception?[2];
            Thread other = new(() => errors[1] = Commit(second, start));
            other.Start();
            errors[0] = Commit(first, start);
            other.Join();
            StorageException refused = Assert.IsType<StorageException>(Assert.Single(errors, error => error is not null));
            Assert.Equal(ErrorIds.DestinationExists, refused.Id);
        }

        static Exception? Commit(PendingFile file, Barrier start)
        {
            start.SignalAndWait();
            return Record.Exception(() => file.Commit(overwrite: false));
        }
    }

    [Fact]
    public void Zeroed_ranges_read_as_zeroes_and_extend_the_file()
    {
        using TemporaryFolder folder = new();
        using FileBlockDevice file = FileBlockDevice.CreateNew(folder["zeroed"]);
        file.Write(default, Enumerable.Repeat((byte)1, 10000).ToArray());
        file.WriteZeroes(new HostOffset(100), 20000);
        Assert.Equal(20100, file.Length);
        byte[] content = new byte[20100];
        file.Read(default, content);
        Assert.Equal(Enumerable.Repeat((byte)1, 100), content.Take(100));
        Assert.All(content.Skip(100), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Reading_past_the_end_says_where_the_file_ends()
    {
        using MemoryBlockDevice device = new("m", new byte[10]);
        StorageException error = Assert.Throws<StorageException>(() => device.Read(new HostOffset(8), new byte[4]));
        Assert.Equal(ErrorIds.ReadFailed, error.Id);
        Assert.Contains("ends at byte 10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_by_two_paths_is_the_same()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a"], "x");
        File.CreateSymbolicLink(folder["b"], folder["a"]);
        using FileBlockDevice a = FileBlockDevice.OpenRead(folder["a"]);
        using FileBlockDevice b = FileBlockDevice.OpenRead(folder["b"]);
        Assert.True(a.IsSameAs(b));
    }

    [Fact]
    public void A_link_in_place_of_a_judged_file_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["elsewhere"], "secret");
        File.CreateSymbolicLink(folder["base.raw"], folder["elsewhere"]);
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => FileBlockDevice.OpenJudged(folder["base.raw"])).Id);
        using FileBlockDevice file = FileBlockDevice.OpenJudged(folder["elsewhere"]);
        Assert.Equal(6, file.Length);
    }

    [Fact]
    public void An_uncommitted_file_leaves_nothing()
    {
        using TemporaryFolder folder = new();
        using (PendingFile pending = PendingFile.Create(folder["x"], overwrite: false))
            pending.Device.Write(default, [1, 2, 3]);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_replaced_file_passes_its_permissions_on()
    {
        if (OperatingSystem.IsWindows())
            return;
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["x"], "secret");
        File.SetUnixFileMode(folder["x"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (PendingFile pending = PendingFile.Create(folder["x"], overwrite: true))
        {
            pending.Device.Write(default, "new secret"u8);
            pending.Commit(overwrite: true);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["x"]));
        Assert.Equal("new secret", File.ReadAllText(folder["x"]));
    }

    [Fact]
    public void An_existing_destination_stays_unless_overwritten()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["x"], "old");
        Assert.Equal(ErrorIds.DestinationExists, Assert.Throws<StorageException>(() => PendingFile.Create(folder["x"], overwrite: false)).Id);
        using (PendingFile pending = PendingFile.Create(folder["x"], overwrite: true))
        {
            pending.Device.Write(default, "new"u8);
            Assert.Equal("old", File.ReadAllText(folder["x"]));
            pending.Commit(overwrite: true);
        }

        Assert.Equal("new", File.ReadAllText(folder["x"]));
    }

    [Fact]
    public void A_folder_is_flushed_and_its_files_are_listed_without_links()
    {
        using TemporaryFolder folder = new();
        folder.Write("a", [1]);
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(folder["b"], folder["a"]);
        HostFolder.Flush(folder.Path);
        Assert.Equal(["a"], HostFolder.Files(folder.Path).Select(file => file.Name));
        Assert.Equal(ErrorIds.PathNotFound, Assert.Throws<StorageException>(() => HostFolder.Files(folder["gone"])).Id);
        Assert.True(HostFolder.Delete(folder["a"]));
        Assert.False(HostFolder.Delete(folder["a"]));
    }

    [Fact]
    public void What_cannot_share_blocks_says_so_and_stays_empty()
    {
        using TemporaryFolder folder = new();
        using FileBlockDevice target = FileBlockDevice.CreateNew(folder["target"]);
        Assert.False(target.TryCloneFrom(new MemoryBlockDevice("memory", [1])));
        Assert.Equal(0, target.Length);
    }

    [Fact]
    public void A_conversion_into_one_given_file_refuses_an_image_of_several()
    {
        using DiskImage source = ImageFormats.Open(new MemoryBlockDevice("raw", new byte[1 << 20]), new ImageOpenOptions { Format = DiskImageFormat.Raw });
        MemoryBlockDevice target = new("target");
        ConversionOptions options = new() { Format = DiskImageFormat.Vmdk, Create = new ImageCreateOptions { VirtualSize = 0, SubFormat = "monolithicFlat" } };
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() =>
            ImageConverter.Convert(source, new ImageFile("target", target), options, new WorkProgress(), CancellationToken.None)).Id);
        Assert.Equal(0, target.Length);
    }
}
