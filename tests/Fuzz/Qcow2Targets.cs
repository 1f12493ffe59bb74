using OpenStackStorage.Disks;
using OpenStackStorage.Disks.Tests;

namespace OpenStackStorage.Fuzz;

/// <summary>qcow2: header and extensions, snapshots and bitmaps, mapping and reading, checking.</summary>
internal static class Qcow2Targets
{
    /// <summary>Extents of a disk that are read; a damaged size may claim millions.</summary>
    private const int MaximumExtents = 512;

    private const int MaximumFindings = 20_000;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("qcow2-header", Seeds, Header),
        new("qcow2-snapshots", SnapshotSeeds, Snapshots),
        new("qcow2-read", Seeds, Read),
        new("qcow2-check", () => [.. Seeds(), .. SnapshotSeeds()], Check),
    ];

    private static void Header(byte[] input)
    {
        using MemoryBlockDevice device = new("fuzz.qcow2", input);
        ImageFormats.Get(DiskImageFormat.Qcow2).Describe(device);
    }

    private static void Snapshots(byte[] input)
    {
        MemoryBlockDevice device = new("fuzz.qcow2", input);
        using DiskImage image = ImageFormats.Get(DiskImageFormat.Qcow2).Open(device, new ImageOpenOptions { Snapshot = "snap", Gate = new MemoryGate() });
        ReadSome(image);
        Qcow2Header header = Qcow2Format.ReadHeader(device);
        if (Qcow2Extensions.Read(device, header).Bitmaps is { } bitmaps)
            Qcow2Bitmap.ReadNames(device, header, bitmaps);
    }

    private static void Read(byte[] input)
    {
        using DiskImage image = ImageFormats.Get(DiskImageFormat.Qcow2).Open(new MemoryBlockDevice("fuzz.qcow2", input), new ImageOpenOptions { Gate = new MemoryGate() });
        ReadSome(image);
    }

    private static void Check(byte[] input)
    {
        using MemoryBlockDevice device = new("fuzz.qcow2", input);
        foreach (CheckFinding finding in ImageFormats.Get(DiskImageFormat.Qcow2).Check(device, deep: true, new WorkProgress(), CancellationToken.None).Take(MaximumFindings))
        {
            if (finding.Offset < 0 || finding.Message.Length == 0)
                throw new InvalidOperationException($"a finding says nothing: {finding}");
        }
    }

    private static void ReadSome(DiskImage image)
    {
        ImageReader reader = new(image);
        byte[] buffer = new byte[65536];
        GuestOffset end = new(reader.Length);
        GuestOffset at = default;
        for (int i = 0; i < MaximumExtents && at < end; i++)
        {
            Extent extent = reader.Map(at, end);
            if (extent.Start != at || extent.Length <= 0 || extent.End > end)
                throw new InvalidOperationException($"the map at {at.Value} of {end.Value} is {extent}");
            reader.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length)));
            at = extent.End;
        }
    }

    private static byte[] Disk(int length)
    {
        byte[] disk = new byte[length];
        for (int i = 0; i < length; i++)
            disk[i] = (byte)(i / 3000 % 3 == 0 ? 0 : (i / 512) + (i % 13)); // zeroes between what compresses
        return disk;
    }

    private static List<byte[]> Seeds()
    {
        List<Qcow2TestImage> images =
        [
            Qcow2TestImage.Create(512, disk: Disk(40_000)),
            Qcow2TestImage.Create(512, compress: true, disk: Disk(40_000)),
            Qcow2TestImage.Create(512, subFormat: "v2", disk: Disk(20_000)),
            Qcow2TestImage.Create(512, disk: Disk(20_000), options: ("refcount_bits", "1")),
            Qcow2TestImage.Create(512, disk: Disk(20_000), options: ("refcount_bits", "64")),
            Qcow2TestImage.Create(16384, disk: Disk(60_000), options: ("extended_l2", "on")),
            Qcow2TestImage.Create(4096, compress: true, disk: Disk(60_000)),
            Qcow2TestImage.Create(65536, compress: true, disk: Disk(200_000)),
        ];
        if (ZstdCodec.CanCompress)
            images.Add(Qcow2TestImage.Create(1024, compress: true, type: CompressionType.Zstd, disk: Disk(40_000)));

        Qcow2TestImage overlay = Qcow2TestImage.Create(4096, disk: Disk(60_000));
        overlay.SetExtensions((0xE2792ACA, "raw"u8.ToArray()));
        overlay.SetBackingName("base.raw");
        Qcow2TestImage external = Qcow2TestImage.Create(512, disk: new byte[20_000]);
        external.SetExtensions((0x44415441, "data.raw"u8.ToArray()));
        external.Set64(72, 1 << 2);
        images.AddRange([overlay, external]);
        return [.. images.Select(image => image.Bytes)];
    }

    private static List<byte[]> SnapshotSeeds()
    {
        List<byte[]> seeds = [];
        foreach (int clusterSize in new[] { 512, 4096 })
        {
            Qcow2TestImage image = Qcow2TestImage.Create(clusterSize, disk: Disk(20_000));
            image.AddSnapshot();
            seeds.Add(image.Bytes);
            image = Qcow2TestImage.Create(clusterSize, disk: Disk(20_000));
            image.AddSnapshot();
            image.AddBitmap();
            seeds.Add(image.Bytes);
        }

        return seeds;
    }

    /// <summary>Every name is a file of 30,000 bytes.</summary>
    private sealed class MemoryGate : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) => new MemoryBlockDevice(reference.Name, Disk(30_000));
    }
}
