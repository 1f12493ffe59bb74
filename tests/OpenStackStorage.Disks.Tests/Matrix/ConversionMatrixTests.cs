using System.Security.Cryptography;

namespace OpenStackStorage.Disks.Tests;

/// <summary>The same content from every format: all guests through every pair of formats. A new format joins by being one.</summary>
public sealed class ConversionMatrixTests(MatrixGuests guests) : IClassFixture<MatrixGuests>
{
    public static TheoryData<DiskImageFormat, DiskImageFormat> Pairs
    {
        get
        {
            TheoryData<DiskImageFormat, DiskImageFormat> pairs = [];
            foreach (ImageFormat source in ImageFormats.All)
            {
                foreach (ImageFormat target in ImageFormats.All)
                    pairs.Add(source.Format, target.Format);
            }

            return pairs;
        }
    }

    /// <summary>Beside the default of each format, its other varieties and what an option changes of the layout.</summary>
    public static TheoryData<string, string> Varieties
    {
        get
        {
            TheoryData<string, string> varieties = [];
            foreach ((string format, string variety) in (ReadOnlySpan<(string, string)>)
            [
                ("qcow2", "v2"), ("qcow2", "compressed"), ("qcow2", "extended_l2=on"), ("qcow2", "refcount_bits=1"),
                ("vhd", "fixed"), ("vhd", "force_size=off"), ("vhdx", "fixed"), ("vhdx", "block_state_zero=off"), ("vhdx", "logical_sector_size=4096"),
                ("vdi", "static"),
                ("vmdk", "streamOptimized"), ("vmdk", "monolithicFlat"), ("vmdk", "twoGbMaxExtentSparse"), ("vmdk", "twoGbMaxExtentFlat"), ("vmdk", "zeroed_grain=on"),
            ])
            {
                if (ImageFormats.Find(format) is not null)
                    varieties.Add(format, variety);
            }

            return varieties;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_guest_is_the_same_after_every_conversion(DiskImageFormat source, DiskImageFormat target)
    {
        foreach (MatrixGuest guest in guests.All)
        {
            if (guests.ImageOf(guest, source) is not { } image || !MatrixGuests.Holds(target, guest))
                continue;
            string path = guests.NewPath(target);
            TestDisks.Convert(image, path, target, sourceFormat: source);
            AssertSame(guest, path, target);
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(Varieties))]
    public void Every_guest_is_the_same_in_every_variety_and_back(string format, string variety)
    {
        DiskImageFormat target = ImageFormats.Find(format)!.Format;
        ImageCreateOptions options = variety.Split('=') is [var name, var value] ? TestDisks.Options((name, value))
            : variety == "compressed" ? TestDisks.Options() with { Compress = true }
            : TestDisks.Options() with { SubFormat = variety };
        foreach (MatrixGuest guest in guests.All)
        {
            if (!MatrixGuests.Holds(target, guest, options))
                continue;
            string path = guests.NewPath(target);
            TestDisks.Convert(guest.Path, path, target, options, sourceFormat: DiskImageFormat.Raw);
            AssertSame(guest, path, target);
            string raw = guests.NewPath(DiskImageFormat.Raw);
            TestDisks.Convert(path, raw, DiskImageFormat.Raw, sourceFormat: target);
            AssertSame(guest, raw, DiskImageFormat.Raw);
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    /// <summary>The cells that the rule leaves out, so that none goes missing unseen.</summary>
    [Fact]
    public void Formats_hold_every_guest_but_for_their_stated_limits()
    {
        List<(string Format, string Guest)> missing = [];
        foreach (ImageFormat format in ImageFormats.All)
            missing.AddRange(guests.All.Where(guest => !MatrixGuests.Holds(format.Format, guest)).Select(guest => (format.Name, guest.Name)));

        Assert.Equal([("vhd", "2 TiB sparse"), ("vmdk", "no bytes at all")], missing);
    }

    private static void AssertSame(MatrixGuest guest, string path, DiskImageFormat format)
    {
        using DiskImage image = TestDisks.Open(path, format);
        // VHD's size by geometry may grow by a cylinder, other formats round up to a sector of 512 or 4096 bytes.
        Assert.InRange(image.VirtualSize, guest.Length, guest.Length + (16L * 255 * 512));
        if (guest.IsHashed)
        {
            byte[] hash = ImageHash.Compute(image, HashAlgorithmName.SHA256, 2, new WorkProgress(), CancellationToken.None);
            Assert.True(guest.HashWhen(image.VirtualSize).AsSpan().SequenceEqual(hash), $"'{guest.Name}' has another hash as {format}");
        }
        else
        {
            using DiskImage raw = TestDisks.Open(guest.Path, DiskImageFormat.Raw);
            ImageComparison.Run(raw, image, new ComparisonOptions(), difference => Assert.Fail($"'{guest.Name}' differs as {format}: {difference}"), new WorkProgress(), CancellationToken.None);
        }

        if (format != DiskImageFormat.Raw) // whose check has nothing to find, and whose data may look like another format
            Assert.DoesNotContain(TestDisks.Check(path, deep: false), finding => finding.Severity != CheckSeverity.Information);
    }
}
