namespace OpenStackStorage.Disks.Tests;

public sealed class OverwriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DiskImageFormat.Raw, false)]
    [InlineData(DiskImageFormat.Qcow2, false)]
    [InlineData(DiskImageFormat.Qcow2, true)]
    [InlineData(DiskImageFormat.Vhdx, false)]
    public void The_target_shows_the_content_and_zeroes_behind_it(DiskImageFormat format, bool hasBacking)
    {
        byte[] before = TestDisks.Mixed(4 << 20, seed: 11);
        byte[] disk = TestDisks.Mixed((1 << 20) + 512, seed: 12);
        disk.AsSpan(200_000, 300_000).Clear();
        string old = _folder.Write("old.raw", before);
        using (DiskImage source = TestDisks.Open(old, DiskImageFormat.Raw))
        {
            ImageCreateOptions create = TestDisks.Options() with { BackingFile = hasBacking ? "old.raw" : null, BackingFormat = hasBacking ? DiskImageFormat.Raw : null, Backing = hasBacking ? source : null };
            ImageConverter.Convert(source, _folder["target"], new ConversionOptions { Format = format, Create = create }, new WorkProgress(), CancellationToken.None);
        }

        using (DiskImage content = TestDisks.Open(_folder.Write("new.raw", disk), DiskImageFormat.Raw))
        using (ImageEditor target = new(ImageFormats.OpenWritable(_folder["target"], new ImageOpenOptions { Format = format, Gate = hasBacking ? OpenGate.SameFolder : OpenGate.Deny })))
            ImageOverwrite.Overwrite(content, target, 2, new WorkProgress(), CancellationToken.None);

        Assert.Equal([.. disk, .. new byte[before.Length - disk.Length]], TestDisks.ReadAll(_folder["target"], format));
        Assert.Equal(before, File.ReadAllBytes(old));
    }
}
