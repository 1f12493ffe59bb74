namespace OpenStackStorage.Disks.Tests;

/// <summary>Random operations on qcow2 images of many kinds, beside plain bytes.</summary>
public class Qcow2EditTests
{
    private const int MostSnapshots = 4;

    public static TheoryData<Qcow2EditCase> Cases() =>
    [
        new() { Name = "v3, 64 KiB", ClusterSize = 65536, Size = 4 << 20 },
        new() { Name = "v3, 4 KiB, odd size", Size = (1 << 20) + 1536 },
        new() { Name = "v3, 512 bytes", ClusterSize = 512, Size = 300_032 },
        new() { Name = "v3, 512 bytes, few tables held", ClusterSize = 512, Size = 300_032, CacheBudget = 0 },
        new() { Name = "v2, 4 KiB", Version = 2 },
        new() { Name = "v2, 512 bytes, shorter backing file", Version = 2, ClusterSize = 512, Size = 200_192, Backing = 100_001 },
        new() { Name = "v2, 64 KiB, longer backing file", Version = 2, ClusterSize = 65536, Size = 1_000_448, Backing = 3 << 20 },
        new() { Name = "v3, 4 KiB, shorter backing file", Backing = 600_001 },
        new() { Name = "v3, 4 KiB, longer backing file, odd size", Size = 700_416 + 512, Backing = 2 << 20 },
        new() { Name = "extended L2, 16 KiB", ClusterSize = 16384, ExtendedL2 = true, Size = 2 << 20 },
        new() { Name = "extended L2, 64 KiB, longer backing file", ClusterSize = 65536, ExtendedL2 = true, Size = (1 << 20) + 512, Backing = 4 << 20 },
        new() { Name = "extended L2, 16 KiB, compressed", ClusterSize = 16384, ExtendedL2 = true, Size = 2 << 20, Compressed = true },
        new() { Name = "refcount_bits 1", RefcountBits = 1 },
        new() { Name = "refcount_bits 2, few tables held", RefcountBits = 2, CacheBudget = 0 },
        new() { Name = "refcount_bits 8, compressed", RefcountBits = 8, Compressed = true },
        new() { Name = "refcount_bits 64, 512 bytes", RefcountBits = 64, ClusterSize = 512, Size = 200_192 },
        new() { Name = "refcount_bits 64, 512 bytes, few tables held", RefcountBits = 64, ClusterSize = 512, Size = 200_192, CacheBudget = 0 },
        new() { Name = "compressed, 64 KiB", ClusterSize = 65536, Compressed = true, Size = 4 << 20 },
        new() { Name = "compressed, 512 bytes, v2", Version = 2, ClusterSize = 512, Compressed = true, Size = 200_192 },
        new() { Name = "data file", DataFile = true },
        new() { Name = "data file, extended L2", DataFile = true, ExtendedL2 = true, ClusterSize = 16384 },
        new() { Name = "raw data file", DataFile = true, RawDataFile = true },
        new() { Name = "2 MiB", ClusterSize = 2 << 20, Size = 9 << 20 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_image_is_what_the_model_is(Qcow2EditCase image)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(image with { }, seed, 1000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void New_space_is_reserved_without_harm_to_the_cluster_that_it_starts_in(bool isInBacking)
    {
        Qcow2EditCase image = isInBacking
            ? new() { Size = 700_416 + 3072, Backing = 700_416 + 3072 }
            : new() { Size = (1 << 20) + 512, ClusterSize = 16384, ExtendedL2 = true };
        image.CreateOfSectors(3);
        int old = image.Disk.Length;
        using ImageEditor editor = image.Open();
        editor.Write(default, new byte[512]);
        if (!isInBacking)
        {
            editor.Write(new GuestOffset(old - 512), Enumerable.Repeat((byte)7, 512).ToArray());
            ((Qcow2WritableImage)editor.Image).CreateSnapshot("a", DateTimeOffset.UnixEpoch);
        }

        byte[] before = new byte[old];
        editor.Read(default, before);

        editor.Resize(2 * old);
        editor.Preallocate(new GuestOffset(old), old, Preallocation.Metadata, new WorkProgress(), CancellationToken.None);

        byte[] after = new byte[2 * old];
        editor.Read(default, after);
        Assert.Equal(old, before.AsSpan().CommonPrefixLength(after));
        Assert.Equal(-1, after.AsSpan(old).IndexOfAnyExcept((byte)0));
    }

    internal static void Run(Qcow2EditCase image, int seed, int operations, bool withQemu = true)
    {
        image.Create(seed);
        byte[] end;
        Snapshots snapshots = new(image);
        bool canResize = image.Version > 2 || image.DataFile;
        using (EditModel model = new(seed, image.Disk, Math.Min(image.ClusterSize, 65536), image.Open)
        {
            OpenToRead = image.OpenToRead,
            Sizes = canResize ? (512, 2 * image.Size, 512) : null,
            More = [.. OperationsOf(image, snapshots)],
        })
        {
            end = model.Run(operations);
        }

        Assert.Empty(image.Check());
        if (image.RawDataFile)
            Assert.Equal(end, image.FileNamed("data.img"));
        if (withQemu && Tool.Exists("qemu-img"))
            CompareWithQemu(image, end, snapshots);
    }

    private static IEnumerable<Action<EditModel>> OperationsOf(Qcow2EditCase image, Snapshots snapshots)
    {
        if (!image.DataFile)
        {
            yield return snapshots.Create;
            yield return snapshots.Restore;
            yield return snapshots.Remove;
        }

        if (image.Backing is not null)
        {
            yield return model =>
            {
                // Snapshots show what is behind the image, and a rebase does not look at them.
                if (snapshots.All.Count == 0 || model.Random.Next(4) == 0)
                {
                    snapshots.RemoveAll(model);
                    image.Rebase(model);
                }
            };
        }
    }

    private static void CompareWithQemu(Qcow2EditCase image, byte[] disk, Snapshots snapshots)
    {
        using TemporaryFolder folder = new();
        string path = image.Store(folder);
        // qemu looks for a data file where it runs.
        string[] source = image.DataFile
            ? ["--image-opts", $"driver=qcow2,file.driver=file,file.filename={path},data-file.driver=file,data-file.filename={folder["data.img"]}"]
            : ["-f", "qcow2", path];
        QemuImg.Compare(disk, source);
        // To go back to a snapshot qemu counts its clusters once more before it lets go of the others: few bits can't hold that.
        foreach ((string id, byte[] content) in snapshots.All.Where(_ => image.RefcountBits >= 8))
        {
            Tool.Run("qemu-img", "snapshot", "-a", id, path); // convert -l would read it with the size that the disk has now
            QemuImg.Compare(content, source);
        }
    }

    /// <summary>Snapshots of the image, and what the disk was at each.</summary>
    private sealed class Snapshots(Qcow2EditCase image)
    {
        public List<(string Id, byte[] Disk)> All { get; } = [];

        public void Create(EditModel model)
        {
            if (All.Count >= MostSnapshots)
                return;
            Qcow2WritableImage open = (Qcow2WritableImage)model.Editor.Image;
            try
            {
                ImageSnapshot made = open.CreateSnapshot($"snapshot of {model.Disk.Length}", DateTimeOffset.UnixEpoch.AddSeconds(All.Count));
                All.Add((made.Id, model.Disk.ToArray()));
            }
            catch (StorageException error) when (error.Id == ErrorIds.InsufficientSpace)
            {
                Assert.True(image.RefcountBits < 8 || image.Compressed, error.Message);
            }

            Assert.Equal(All.Select(known => known.Id), open.Snapshots.Select(known => known.Id));
        }

        public void Restore(EditModel model)
        {
            if (All.Count == 0)
                return;
            (string id, byte[] disk) = All[model.Random.Next(All.Count)];
            try
            {
                ((Qcow2WritableImage)model.Editor.Image).RestoreSnapshot(id);
                model.Become(disk);
            }
            catch (StorageException error) when (error.Id == ErrorIds.InsufficientSpace)
            {
                Assert.True(image.RefcountBits < 8 || image.Compressed, error.Message);
            }
        }

        public void Remove(EditModel model)
        {
            if (All.Count == 0)
                return;
            int index = model.Random.Next(All.Count);
            ((Qcow2WritableImage)model.Editor.Image).RemoveSnapshot(All[index].Id);
            All.RemoveAt(index);
        }

        public void RemoveAll(EditModel model)
        {
            while (All.Count > 0)
                Remove(model);
        }
    }
}
