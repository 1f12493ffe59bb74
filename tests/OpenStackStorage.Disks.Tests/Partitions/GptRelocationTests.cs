namespace OpenStackStorage.Disks.Tests;

public sealed class GptRelocationTests : IDisposable
{
    private const int Size = 64 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsToolTheory("sgdisk")]
    [InlineData(Size + (1 << 20))]
    [InlineData(Size + 512)]
    [InlineData(Size + (10 * 512))]
    [InlineData(48 << 20)]
    public void The_backup_follows_the_end_of_the_disk(int size)
    {
        string path = NewDisk();
        using (ImageEditor editor = Open(path))
        {
            if (size > Size)
                editor.Resize(size);
            GptRelocation.MoveBackup(editor, 512, size, path);
            if (size < Size)
                editor.Resize(size);
            editor.Close();
        }

        Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", path), StringComparison.Ordinal);
        using DiskImage image = TestDisks.Open(path, DiskImageFormat.Raw);
        PartitionTable table = PartitionTable.Read(new ImageReader(image));
        Assert.Empty(table.Warnings);
        Assert.Equal(["root", "data"], table.Partitions.Select(partition => partition.Name));
    }

    [NeedsToolFact("sgdisk")]
    public void The_smallest_disk_ends_behind_the_last_partition_and_the_backup()
    {
        string path = NewDisk();
        using DiskImage image = TestDisks.Open(path, DiskImageFormat.Raw);

        // data ends at 32 MiB; 32 sectors of entries and the header follow.
        Assert.Equal((32 << 20) + (33 * 512), GptRelocation.SmallestDisk(new ImageReader(image), 512, path));
    }

    [Fact]
    public void A_disk_without_a_table_has_no_smallest_size()
    {
        using RawImage image = new(new MemoryBlockDevice("a.img", new byte[1 << 20]));

        Assert.Null(GptRelocation.SmallestDisk(new ImageReader(image), 512, "a.img"));
    }

    private string NewDisk()
    {
        string path = _folder.Write("a.img", new byte[Size]);
        Tool.Run("sgdisk", "-n", "1:1M:15M", "-c", "1:root", "-n", "2:16M:+16M", "-c", "2:data", path);
        return path;
    }

    private static ImageEditor Open(string path) => new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Raw }));
}
