namespace OpenStackStorage.Disks;

/// <summary>The guest's bytes as they are, in a file or on a device.</summary>
public sealed class RawFormat : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override string Name => "raw";

    public override IReadOnlyList<string> Extensions { get; } = [".img", ".raw"];

    public override ImageDescription Describe(BlockDevice device) =>
        new() { Format = Format, VirtualSize = device.Length };

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{device.Path}' is a raw image: it has no internal snapshots.") { Target = device.Path };
        return new RawImage(device);
    }

    public override WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options) => new RawWritableImage(device);

    public override void Validate(ImageCreateOptions options)
    {
        Refuse(options.Compress, "be compressed");
        Refuse(options.BackingFile is not null, "have a backing file");
        Refuse(options.Preallocation == Preallocation.Metadata, "preallocate metadata, as it has none");
        Refuse(options.ClusterSize is not null, "have a cluster size");
        Refuse(options.SubFormat is not null, "have a subformat");
        Refuse(options.Options.Count > 0, $"take the option {options.Options.Keys.FirstOrDefault()}");
        if (options.SparseSize is { } sparse && (sparse % 512 != 0 || sparse > 1 << 20 || (1 << 20) % Math.Max(512, sparse) != 0))
            throw new StorageException(ErrorIds.ParameterInvalid, $"A sparse size of {sparse} is not 0 or a power of two from 512 to 1048576.");

        static void Refuse(bool wanted, string what)
        {
            if (wanted)
                throw new StorageException(ErrorIds.ParameterInvalid, $"A raw image can't {what}: choose a format that can, such as qcow2, or leave it out.");
        }
    }

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options) => new RawWriter(device, options);

    public override long? LengthWhenFull(ImageCreateOptions options) => options.VirtualSize;

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token)
    {
        if (device.Length % 512 != 0)
        {
            yield return new CheckFinding(CheckSeverity.Information, device.Length, "length",
                $"{device.Length} bytes are no whole number of 512-byte sectors; other programs may round it up or cut it.");
        }
    }
}
