using OpenStackStorage.Disks;

namespace OpenStackStorage.Fuzz;

/// <summary>VHD and VDI: describing, mapping and reading, checking.</summary>
internal static class VirtualDiskTargets
{
    private const int MaximumExtents = 512;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("vhd-read", VhdSeeds, input => Read(DiskImageFormat.Vhd, Sealed(input))),
        new("vhd-check", VhdSeeds, input => Check(DiskImageFormat.Vhd, Sealed(input))),
        new("vdi-read", VdiSeeds, input => Read(DiskImageFormat.Vdi, input)),
        new("vdi-check", VdiSeeds, input => Check(DiskImageFormat.Vdi, input)),
    ];

    private static void Read(DiskImageFormat format, byte[] input)
    {
        using MemoryBlockDevice described = new("fuzz", input);
        ImageFormats.Get(format).Describe(described);
        using DiskImage image = ImageFormats.Get(format).Open(new MemoryBlockDevice("fuzz", input), new ImageOpenOptions { Gate = new ParentGate() });
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

    private static void Check(DiskImageFormat format, byte[] input)
    {
        using MemoryBlockDevice device = new("fuzz", input);
        foreach (CheckFinding finding in ImageFormats.Get(format).Check(device, deep: true, new WorkProgress(), CancellationToken.None))
        {
            if (finding.Offset < 0 || finding.Message.Length == 0)
                throw new InvalidOperationException($"a finding says nothing: {finding}");
        }
    }

    /// <summary>Makes the checksums true in every other input, or no damage would be read any further.</summary>
    private static byte[] Sealed(byte[] input)
    {
        if (input.Length < 2048 || input[^1] % 2 != 0)
            return input;
        foreach ((int start, int length, int checksum) in new[] { (0, 512, 64), (input.Length - 512, 512, 64), (512, 1024, 36) })
        {
            uint sum = VhdChecksum.Of(input.AsSpan(start, length), checksum);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(start + checksum), sum);
        }

        return input;
    }

    private static byte[] Disk() => [.. Enumerable.Range(0, 30_208).Select(i => (byte)(i / 3000 % 3 == 0 ? 0 : i / 512))];

    /// <summary>Small blocks, as most bytes of an input should matter.</summary>
    private static List<byte[]> VhdSeeds() =>
    [
        VhdFuzzSeed.Create(VhdDiskType.Dynamic, Disk()),
        VhdFuzzSeed.Create(VhdDiskType.Differencing, Disk()),
        VhdFuzzSeed.CreateFixed(Disk()),
    ];

    private static List<byte[]> VdiSeeds() => [VdiFuzzSeed.Create(VdiImageType.Dynamic, Disk()), VdiFuzzSeed.Create(VdiImageType.Static, Disk())];

    /// <summary>Every name is a fixed VHD.</summary>
    private sealed class ParentGate : OpenGate
    {
        private static readonly byte[] Parent = VhdFuzzSeed.CreateFixed(Disk());

        public override BlockDevice Open(ImageReference reference) => new MemoryBlockDevice(reference.Name, (byte[])Parent.Clone());
    }
}
