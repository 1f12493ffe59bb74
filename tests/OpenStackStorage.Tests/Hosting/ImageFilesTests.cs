using OpenStackStorage.Hosting;
using OpenStackStorage.Tests.DiskImage;

namespace OpenStackStorage.Tests.Hosting;

public sealed class ImageFilesTests : OperationTest
{
    [Theory]
    [InlineData("disk-flat.vmdk", "disk.vmdk")]
    [InlineData("disk-s001.vmdk", "disk.vmdk")]
    [InlineData("disk-f1000.vmdk", "disk.vmdk")]
    [InlineData("disk-000001-delta.vmdk", "disk-000001.vmdk")]
    [InlineData("disk-000001-sesparse.vmdk", "disk-000001.vmdk")]
    public void An_extent_that_a_descriptor_names_is_left_out_with_a_warning(string extent, string descriptor)
    {
        File.WriteAllText(At(descriptor), Descriptor(extent));
        File.WriteAllBytes(At(extent), new byte[512]);
        MemoryHost host = Host();

        Assert.Equal([At(descriptor)], ImageFiles.WithoutExtents(host.ResolvePaths("*.vmdk"), host));

        Assert.Equal($"'{At(extent)}' is skipped: it is an extent of the disk '{descriptor}'.", Assert.Single(host.Warnings));
    }

    [Theory]
    [InlineData("disk-flat.vmdk", "other-flat.vmdk")] // its descriptor names another file
    [InlineData("disk-s01.vmdk", "disk-s01.vmdk")] // no extent is called so
    [InlineData("disk-copy.vmdk", "disk-copy.vmdk")]
    [InlineData("disk-flat.raw", "disk-flat.raw")]
    public void Other_files_stay(string file, string named)
    {
        File.WriteAllText(At("disk.vmdk"), Descriptor(named));
        File.WriteAllBytes(At(file), new byte[512]);
        MemoryHost host = Host();
        Assert.Equal(2, ImageFiles.WithoutExtents(host.ResolvePaths("*"), host).Count());
        Assert.Empty(host.Warnings);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("version=1\nRW")]
    public void An_extent_without_a_descriptor_stays(string? text)
    {
        if (text is not null)
            File.WriteAllText(At("disk.vmdk"), text);
        File.WriteAllBytes(At("disk-flat.vmdk"), new byte[512]);
        MemoryHost host = Host();
        Assert.Equal([At("disk-flat.vmdk")], ImageFiles.WithoutExtents(host.ResolvePaths("disk-*.vmdk"), host));
    }

    private static string Descriptor(string extent) =>
        $"# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\"custom\"\n\nRW 1 FLAT \"{extent}\" 0\n";
}
