namespace OpenStackStorage.Disks.Tests;

public sealed class RawEditTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(2, 70_001)]
    [InlineData(3, 1 << 20)]
    public void A_file_is_what_the_model_is(int seed, int size)
    {
        string path = _folder.Write("a.img", TestDisks.Mixed(size, seed));
        using EditModel model = new(seed, File.ReadAllBytes(path), 4096, () => Open(path)) { Sizes = (1, 2 << 20, 1) };

        model.Run(7000);
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

    private static ImageEditor Open(string path) => new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Raw }));
}
