namespace OpenStackStorage.Disks.Tests;

public sealed class RawEditTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<RawEditCase> Cases() =>
    [
        new() { Size = 4096 },
        new() { Size = 70_001 },
        new() { Size = 1 << 20 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_is_what_the_model_is(RawEditCase kind)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(kind, seed, 3500);
    }

    [Fact]
    public void Freed_space_is_given_back()
    {
        string path = _folder.Write("a.img", Enumerable.Repeat((byte)1, 8 << 20).ToArray());
        using (ImageEditor editor = Open(path))
        {
            editor.Zero(new GuestOffset(1 << 20), 6 << 20, free: true);
            editor.Close();
        }

        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        Assert.InRange(device.AllocatedLength, 2 << 20, 3 << 20);
    }

    [Fact]
    public void Nothing_is_written_as_raw_unless_told()
    {
        string path = _folder.Write("a.img", new byte[4096]);

        StorageException error = Assert.Throws<StorageException>(() => ImageFormats.OpenWritable(path, new ImageOpenOptions()));

        Assert.Equal(ErrorIds.ImageFormatMismatch, error.Id);
    }

    internal static void Run(RawEditCase kind, int seed, int operations, bool withQemu = true)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.img", TestDisks.Mixed(kind.Size, seed));
        byte[] end;
        using (EditModel model = new(seed, File.ReadAllBytes(path), 4096, () => Open(path))
        {
            OpenToRead = () => TestDisks.Open(path, DiskImageFormat.Raw),
            Sizes = (1, 2 * kind.Size, 1),
        })
        {
            end = model.Run(operations);
        }

        Assert.Equal(end, File.ReadAllBytes(path));
        if (withQemu && Tool.Exists("qemu-img"))
            QemuImg.Compare(end, ["-f", "raw", path], hasCheck: false);
    }

    private static ImageEditor Open(string path) => new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Raw }));
}

/// <summary>A raw file that is written to in a test.</summary>
public sealed record RawEditCase
{
    public int Size { get; init; }

    public override string ToString() => $"{Size} bytes";
}
