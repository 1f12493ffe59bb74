using OpenStackStorage.Disks;
using OpenStackStorage.Disks.Tests;

namespace OpenStackStorage.Fuzz;

/// <summary>VMDK: descriptor and header, mapping and reading of every kind of extent, checking.</summary>
internal static class VmdkTargets
{
    /// <summary>Extents of a disk that are read; a damaged size may claim millions.</summary>
    private const int MaximumExtents = 512;

    private const int MaximumFindings = 20_000;

    private static readonly byte[] HostedExtent = VmdkTestImage.Create("twoGbMaxExtentSparse", Disk(200_000)).Files["image-s001.vmdk"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("vmdk-header", () => [.. Monolithic(), .. Texts()], Describe),
        new("vmdk-read", Monolithic, input => Read(input, "")),
        new("vmdk-extents", Texts, input => Read(input, "")),
        new("vmdk-cowd", () => [VmdkEsxImages.VmfsSparse().Files["image-delta.vmdk"]], input => Read(VmdkEsxImages.VmfsSparse().Bytes, "image-delta.vmdk", input)),
        new("vmdk-sesparse", () => [VmdkEsxImages.SeSparse().Files["image-sesparse.vmdk"]], input => Read(VmdkEsxImages.SeSparse().Bytes, "image-sesparse.vmdk", input)),
        new("vmdk-check", Monolithic, Check),
    ];

    private static void Describe(byte[] input)
    {
        using MemoryBlockDevice device = new("fuzz.vmdk", input);
        ImageFormats.Get(DiskImageFormat.Vmdk).Describe(device);
    }

    private static void Read(byte[] disk, string extentName, byte[]? extent = null)
    {
        Dictionary<string, byte[]> files = new() { ["flat.bin"] = Disk(30_000), ["hosted.vmdk"] = HostedExtent };
        if (extent is not null)
            files[extentName] = extent;
        using DiskImage image = ImageFormats.Get(DiskImageFormat.Vmdk).Open(new MemoryBlockDevice("fuzz.vmdk", disk), new ImageOpenOptions { Gate = new VmdkTestImage.MemoryGate(files) });
        ImageReader reader = new(image);
        byte[] buffer = new byte[65536];
        GuestOffset end = new(reader.Length);
        GuestOffset at = default;
        for (int i = 0; i < MaximumExtents && at < end; i++)
        {
            Extent mapped = reader.Map(at, end);
            if (mapped.Start != at || mapped.Length <= 0 || mapped.End > end)
                throw new InvalidOperationException($"the map at {at.Value} of {end.Value} is {mapped}");
            reader.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, mapped.Length)));
            at = mapped.End;
        }
    }

    private static void Check(byte[] input)
    {
        using MemoryBlockDevice device = new("fuzz.vmdk", input);
        foreach (CheckFinding finding in ImageFormats.Get(DiskImageFormat.Vmdk).Check(device, deep: true, new WorkProgress(), CancellationToken.None).Take(MaximumFindings))
        {
            if (finding.Offset < 0 || finding.Message.Length == 0)
                throw new InvalidOperationException($"a finding says nothing: {finding}");
        }
    }

    private static List<byte[]> Monolithic() =>
    [
        VmdkTestImage.Create("monolithicSparse", Disk(150_000)).Bytes,
        VmdkTestImage.Create("streamOptimized", Disk(300_000)).Bytes,
    ];

    private static List<byte[]> Texts() =>
    [
        System.Text.Encoding.ASCII.GetBytes(VmdkEsxImages.Descriptor("custom", "RW 3 FLAT \"flat.bin\" 2\nRW 1 ZERO\nRW 391 SPARSE \"hosted.vmdk\"")),
        System.Text.Encoding.ASCII.GetBytes(VmdkEsxImages.Descriptor("vmfs", "RW 58 VMFS \"flat.bin\"\n\n# The Disk Data Base\n#DDB\n\nddb.adapterType = \"ide\"")),
    ];

    private static byte[] Disk(int length)
    {
        byte[] disk = new byte[length];
        for (int i = 0; i < length; i++)
            disk[i] = (byte)(i / 70_000 % 2 == 1 ? 0 : (i / 512) + (i % 13));
        return disk;
    }
}
