namespace OpenStackStorage.Disks;

/// <summary>The guest's bytes as they are, in a file or on a device.</summary>
public sealed class RawFormat : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override string Name => "raw";

    public override IReadOnlyList<string> Extensions { get; } = [".img", ".raw"];

    /// <summary>Raw has no signature: it is what nothing else claims.</summary>
    public override bool Matches(BlockDevice device) => false;

    public override ImageDescription Describe(BlockDevice device) =>
        new() { Format = Format, VirtualSize = device.Length };

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
            throw new ImageFeatureException(device, "internal snapshots of a raw image");
        return new RawImage(device);
    }

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options) => new RawWriter(device, options);

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token)
    {
        if (device.Length % 512 != 0)
        {
            yield return new CheckFinding(CheckSeverity.Information, device.Length, "length",
                $"{device.Length} bytes are no whole number of 512-byte sectors; other programs may round it up or cut it.");
        }
    }
}
