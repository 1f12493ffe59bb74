namespace OpenStackStorage.Disks;

/// <summary>What the header of an image says. Reading it opens nothing else and reads no tables.</summary>
public sealed record ImageDescription
{
    public required DiskImageFormat Format { get; init; }

    /// <summary>The variety within the format, in the words of its own tools: "v3", "dynamic", "streamOptimized".</summary>
    public string? SubFormat { get; init; }

    public required long VirtualSize { get; init; }

    /// <summary>Bytes of the unit of allocation; 0 where the format has none.</summary>
    public int ClusterSize { get; init; }

    public string? BackingFile { get; init; }

    /// <summary>The backing file's format as the image states it.</summary>
    public string? BackingFormat { get; init; }

    public string? DataFile { get; init; }

    /// <summary>The method of encryption; null when the image is not encrypted.</summary>
    public string? Encryption { get; init; }

    /// <summary>True when compressed clusters were seen in the first table of the image.</summary>
    public bool Compressed { get; init; }

    /// <summary>True when the image was not closed properly, or is marked corrupt.</summary>
    public bool Dirty { get; init; }

    public IReadOnlyList<ImageSnapshot> Snapshots { get; init; } = [];

    public IReadOnlyList<string> Bitmaps { get; init; } = [];

    /// <summary>The format's own facts, by the names of its specification. Values are text, numbers or booleans.</summary>
    public IReadOnlyDictionary<string, object> Details { get; init; } = new Dictionary<string, object>();
}

/// <summary>An internal snapshot.</summary>
public sealed record ImageSnapshot(string Id, string Name, DateTimeOffset CreatedAt, long VirtualSize, long VmStateSize);

/// <summary>How bad a finding is.</summary>
public enum CheckSeverity
{
    /// <summary>Unusual, harmless.</summary>
    Information,

    /// <summary>Space is held that nothing uses; the data is safe.</summary>
    Leak,

    /// <summary>Data is lost or may become so on the next write.</summary>
    Corruption,
}

/// <summary>One thing that a check found.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Offset">Byte of the file.</param>
/// <param name="Field">The field's name in the format's specification.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record CheckFinding(CheckSeverity Severity, long Offset, string Field, string Message);

/// <summary>What a new image is to be like. Null means the format's default.</summary>
public sealed record ImageCreateOptions
{
    public required long VirtualSize { get; init; }

    /// <summary>The variety within the format.</summary>
    public string? SubFormat { get; init; }

    public int? ClusterSize { get; init; }

    public bool Compress { get; init; }

    public CompressionType CompressionType { get; init; } = CompressionType.Zlib;

    /// <summary>1 (fast) to 9 for zlib, 1 to 22 for zstd.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Bytes of a zero run that a raw file keeps as a hole; 0 keeps none.</summary>
    public int? SparseSize { get; init; }

    public string? BackingFile { get; init; }

    public DiskImageFormat? BackingFormat { get; init; }

    /// <summary>The open backing image, for what a format records of it. Whoever opened it disposes it.</summary>
    public DiskImage? Backing { get; init; }

    public Preallocation Preallocation { get; init; } = Preallocation.Off;

    /// <summary>The format's own options by the names that qemu-img gives them.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}

/// <summary>The codec of compressed clusters.</summary>
public enum CompressionType
{
    Zlib,
    Zstd,
}

/// <summary>What is reserved when an image is made; the words of qemu-img.</summary>
public enum Preallocation
{
    /// <summary>Nothing: the file grows as it is written.</summary>
    Off,

    /// <summary>The tables, so that no write has to grow them; the data stays a hole.</summary>
    Metadata,

    /// <summary>The tables and the space, without writing it.</summary>
    Falloc,

    /// <summary>The tables and the space, written with zeroes.</summary>
    Full,
}

/// <summary>One file of a new image.</summary>
/// <param name="Path">The name that it is going to have.</param>
/// <param name="Device">Where it is written.</param>
public sealed record ImageFile(string Path, BlockDevice Device);

/// <summary>All that the engine needs to know of one format. Each lives in a folder of its own.</summary>
public abstract class ImageFormat
{
    public abstract DiskImageFormat Format { get; }

    /// <summary>The name as it is shown and as image files spell it: "qcow2".</summary>
    public abstract string Name { get; }

    /// <summary>Other names that images and users have for it: "vpc".</summary>
    public virtual IReadOnlyList<string> OtherNames => [];

    /// <summary>Endings of file names, the usual one first, with the dot.</summary>
    public abstract IReadOnlyList<string> Extensions { get; }

    /// <summary>
    /// False where programs refuse a file with NTFS' sparse attribute: holes are then kept only where the file system has
    /// them without it.
    /// </summary>
    public virtual bool AllowsSparseAttribute => true;

    /// <summary>True where overlays know an image by an identity that every change of its disk replaces: they are of no use afterwards.</summary>
    public virtual bool OverlaysKnowContent => false;

    /// <summary>Reads the header only.</summary>
    public abstract ImageDescription Describe(BlockDevice device);

    /// <summary>Opens for reading. The image owns the device from then on, also when opening fails.</summary>
    public abstract DiskImage Open(BlockDevice device, ImageOpenOptions options);

    /// <summary>
    /// Opens for writing in place. The image owns the device, which must be writable, also when opening fails. The backing
    /// images stay read only.
    /// </summary>
    /// <exception cref="ImageFeatureException">The format, or what this image uses of it, can be read only.</exception>
    public virtual WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        device.Dispose();
        throw new ImageFeatureException(device, $"writing into {Name} images");
    }

    /// <summary>Whether a new image of a variety is compressed.</summary>
    /// <param name="asked">Whether compression is asked for by name.</param>
    public virtual bool Compresses(string? subFormat, bool asked) => asked;

    /// <summary>Refuses options that contradict each other or the format's limits, before anything is written.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public abstract void Validate(ImageCreateOptions options);

    /// <summary>
    /// Every file that a new image consists of: the image itself, which is opened by its users, and then the extents that
    /// it names. They lie in one folder.
    /// </summary>
    public virtual IReadOnlyList<string> FilesOf(string path, ImageCreateOptions options) => [path];

    /// <summary>Starts a new image on an empty file or a device.</summary>
    public abstract ImageWriter Create(BlockDevice device, ImageCreateOptions options);

    /// <summary>Starts a new image that may consist of several files.</summary>
    /// <param name="files">Empty files, one for each of <see cref="FilesOf"/>.</param>
    public virtual ImageWriter Create(IReadOnlyList<ImageFile> files, ImageCreateOptions options) => Create(files[0].Device, options);

    /// <summary>
    /// Bytes of all files of a new image whose every byte holds data; null where only writing one tells. With it,
    /// measuring a large disk takes no time.
    /// </summary>
    public virtual long? LengthWhenFull(ImageCreateOptions options) => null;

    /// <summary>Looks for corruption and leaks; findings come as they are found.</summary>
    /// <param name="deep">Also decompress every compressed cluster.</param>
    public abstract IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token);

    /// <inheritdoc cref="Check(BlockDevice, bool, WorkProgress, CancellationToken)"/>
    /// <param name="gate">What decides whether the extents that the image consists of are opened.</param>
    public virtual IEnumerable<CheckFinding> Check(BlockDevice device, OpenGate gate, bool deep, WorkProgress progress, CancellationToken token) =>
        Check(device, deep, progress, token);
}
