namespace OpenStackStorage.Disks.Tests;

/// <summary>What the file does not store of a fixed disk, and whether a file may have holes at all.</summary>
public sealed class VhdxHoleTests : IDisposable
{
    private const int MiB = VhdxTestImage.MiB;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_hole_of_a_fixed_disk_is_mapped_as_zeroes()
    {
        byte[] disk = new byte[200 * MiB];
        disk.AsSpan(70 * MiB, MiB).Fill(7);
        string path = Fixed(disk);
        using DiskImage image = TestDisks.Open(path);
        List<(ExtentKind, long, long)> extents = [];
        for (GuestOffset at = default; at.Value < disk.Length;)
        {
            Extent extent = image.Map(at, new GuestOffset(disk.Length));
            extents.Add((extent.Kind, extent.Start.Value, extent.Length));
            at = extent.End;
        }

        Assert.Equal([(ExtentKind.Zero, 0, 70L * MiB), (ExtentKind.Data, 70L * MiB, MiB), (ExtentKind.Zero, 71L * MiB, 129L * MiB)], extents);
        Assert.Equal(disk, TestDisks.ReadAll(image));
    }

    [Fact]
    public void What_the_log_writes_over_a_hole_is_data()
    {
        byte[] bytes = File.ReadAllBytes(Fixed(new byte[4 * MiB]));
        using MemoryBlockDevice device = new("a.vhdx", bytes);
        long place = VhdxFile.Read(device).Regions.Taken[^1].End;
        VhdxTestImage image = VhdxTestImage.Of(bytes);
        image.SetLog(new VhdxTestEntry(0, 1, 0) { Flushed = (ulong)bytes.Length, Last = (ulong)bytes.Length }.Write((ulong)place + 8192, [.. Enumerable.Repeat((byte)3, 4096)]));
        File.WriteAllBytes(_folder["logged.vhdx"], image.Bytes);
        using (FileBlockDevice file = FileBlockDevice.OpenWrite(_folder["logged.vhdx"]))
            file.WriteZeroes(new HostOffset(place), 4 * MiB); // holes again

        byte[] expected = new byte[4 * MiB];
        expected.AsSpan(8192, 4096).Fill(3);
        Assert.Equal(expected, TestDisks.ReadAll(_folder["logged.vhdx"]));
    }

    [Fact]
    public void A_file_never_has_the_attribute_that_Hyper_V_refuses()
    {
        Assert.Equal(["vhd", "vhdx"], ImageFormats.All.Where(format => !format.AllowsSparseAttribute).Select(format => format.Name).Order(StringComparer.Ordinal));
        string raw = _folder.Write("a.raw", TestDisks.Mixed(MiB));
        foreach (ImageFormat format in ImageFormats.All)
        {
            string path = _folder[$"b{format.Extensions[0]}"];
            TestDisks.Convert(raw, path, format.Format, sourceFormat: DiskImageFormat.Raw);
            if (OperatingSystem.IsWindows()) // no other system has it
                Assert.Equal(format.AllowsSparseAttribute, File.GetAttributes(path).HasFlag(FileAttributes.SparseFile));
        }
    }

    private string Fixed(byte[] disk)
    {
        TestDisks.Convert(_folder.Write("disk.raw", disk), _folder["fixed.vhdx"], DiskImageFormat.Vhdx, TestDisks.Options() with { SubFormat = "fixed", ClusterSize = MiB }, sourceFormat: DiskImageFormat.Raw);
        return _folder["fixed.vhdx"];
    }
}
