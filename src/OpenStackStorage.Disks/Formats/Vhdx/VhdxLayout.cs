using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>The ids that make one file distinguishable from every other.</summary>
/// <param name="File">The first FileWriteGuid.</param>
/// <param name="Data">The first DataWriteGuid.</param>
/// <param name="Disk">The id of the virtual disk.</param>
internal readonly record struct VhdxIdentity(Guid File, Guid Data, Guid Disk)
{
    /// <summary>New ids, as [MS-VHDX] 2.2.2 asks for each file: with them two runs never make the same bytes.</summary>
    public static VhdxIdentity New() => new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
}

/// <summary>What a new image is going to be: its kind, its sizes and where everything lies.</summary>
internal sealed record VhdxLayout
{
    /// <summary>Hyper-V's own block sizes: large ones for disks that fill up, small ones for differences.</summary>
    private const int DefaultBlockSize = 32 << 20;
    private const int DefaultDifferencingBlockSize = 2 << 20;
    private const long MaximumLogLength = (4L << 30) - (1 << 20);

    private static readonly string[] KnownOptions =
        ["block_size", "block_state_zero", "log_size", "logical_sector_size", "physical_sector_size", "subformat"];

    public required VhdxGeometry Geometry { get; init; }

    public required string SubFormat { get; init; }

    public required int PhysicalSectorSize { get; init; }

    public required long LogLength { get; init; }

    /// <summary>Whether blocks without data are recorded as zeroes, which is what they read as, or as not present, whose content 2.5.1.1 leaves open.</summary>
    public required bool BlockStateZero { get; init; }

    public required Preallocation Preallocation { get; init; }

    public bool IsFixed => SubFormat == "fixed";

    public bool IsDifferencing => SubFormat == "differencing";

    /// <summary>True when every block has its place from the start, in guest order.</summary>
    public bool IsFlat => IsFixed || Preallocation != Preallocation.Off;

    public static long LogOffset => VhdxHeader.SectionLength;

    public VhdxRegion Metadata => new(VhdxRegionTable.MetadataId, "metadata region", LogOffset + LogLength, VhdxHeader.Unit);

    public VhdxRegion Bat => new(VhdxRegionTable.BatId, "BAT region", Metadata.End,
        Math.Max(1, (Geometry.BatEntries(IsDifferencing) * VhdxBatEntry.Length + VhdxHeader.Unit - 1) / VhdxHeader.Unit) * VhdxHeader.Unit);

    /// <summary>Where the blocks start.</summary>
    public long DataOffset => Bat.End;

    /// <summary>Bytes of the file once every block is there. Sector bitmaps are needed for blocks that are there in part only.</summary>
    public long LengthWhenFull => DataOffset + (Geometry.Blocks * Geometry.BlockSize);

    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the options contradict each other or the format's limits.</exception>
    public static VhdxLayout Plan(ImageCreateOptions options)
    {
        CreateOptions.RequireKnown(options, "vhdx", KnownOptions);
        if (options.Compress)
            throw CreateOptions.Invalid("a VHDX image can't be compressed: choose a format that can, such as qcow2, or leave it out");
        string subFormat = ReadSubFormat(options);
        bool differencing = subFormat == "differencing";
        VhdxImage? parent = differencing ? RequireParent(options) : null;
        if (differencing && options.Preallocation != Preallocation.Off)
            throw CreateOptions.Invalid("preallocation would hide the parent");

        int logical = SectorSize(options, "logical_sector_size", parent?.LogicalSectorSize ?? 512);
        if (parent is not null && logical != parent.LogicalSectorSize)
            throw CreateOptions.Invalid($"logical_sector_size is {logical}: the parent's {parent.LogicalSectorSize} was expected");
        long virtualSize = options.VirtualSize;
        if (virtualSize is < 0 or > VhdxMetadataRegion.MaximumVirtualSize)
            throw CreateOptions.Invalid($"a disk of {virtualSize} bytes is out of range: a VHDX has at most 64 TiB, {VhdxMetadataRegion.MaximumVirtualSize} bytes");
        return new VhdxLayout
        {
            Geometry = new VhdxGeometry((virtualSize + logical - 1) / logical * logical, BlockSize(options, differencing), logical),
            SubFormat = subFormat,
            PhysicalSectorSize = SectorSize(options, "physical_sector_size", parent?.PhysicalSectorSize ?? 4096),
            LogLength = LogSize(options),
            BlockStateZero = !options.Options.ContainsKey("block_state_zero") || CreateOptions.Flag(options, "block_state_zero"),
            Preallocation = options.Preallocation,
        };
    }

    private static string ReadSubFormat(ImageCreateOptions options)
    {
        string? named = options.SubFormat?.ToLowerInvariant();
        string? option = options.Options.GetValueOrDefault("subformat")?.ToLowerInvariant();
        if (named is not null && option is not null && named != option)
            throw CreateOptions.Invalid($"the subformat is both '{named}' and '{option}'");
        string subFormat = named ?? option ?? (options.BackingFile is null ? "dynamic" : "differencing");
        if (subFormat is not ("dynamic" or "fixed" or "differencing"))
            throw CreateOptions.Invalid($"'{subFormat}' is no kind of VHDX: dynamic, fixed or differencing");
        if (subFormat == "differencing" && options.BackingFile is null)
            throw CreateOptions.Invalid("a differencing VHDX needs a backing file: its parent");
        if (subFormat != "differencing" && options.BackingFile is not null)
            throw CreateOptions.Invalid($"a {subFormat} VHDX has no backing file: a differencing one has");
        return subFormat;
    }

    /// <summary>The parent as far as it is known: options may be judged before it is opened.</summary>
    private static VhdxImage? RequireParent(ImageCreateOptions options)
    {
        DiskImageFormat? format = options.Backing?.Format ?? options.BackingFormat;
        if (format is not null and not DiskImageFormat.Vhdx)
            throw CreateOptions.Invalid($"the parent of a differencing VHDX must be a VHDX, and '{options.BackingFile}' is {ImageFormats.Get(format.Value).Name}: convert it first");
        return (VhdxImage?)options.Backing;
    }

    private static int BlockSize(ImageCreateOptions options, bool differencing)
    {
        long named = Size(options, "block_size", 0); // 0 leaves the choice to the program, as in qemu-img
        if (options.ClusterSize is { } cluster && named != 0 && cluster != named)
            throw CreateOptions.Invalid($"the block size is both {cluster} and {named}");
        long size = options.ClusterSize ?? (named != 0 ? named : differencing ? DefaultDifferencingBlockSize : DefaultBlockSize);
        return BitOperations.IsPow2(size) && size is >= VhdxMetadataRegion.MinimumBlockSize and <= VhdxMetadataRegion.MaximumBlockSize
            ? (int)size
            : throw CreateOptions.Invalid($"a block size of {size} is not a power of two from 1 MiB to 256 MiB");
    }

    private static long LogSize(ImageCreateOptions options)
    {
        long size = Size(options, "log_size", 1 << 20);
        return size % VhdxHeader.Unit == 0 && size is > 0 and <= MaximumLogLength
            ? size
            : throw CreateOptions.Invalid($"log_size is {size}: a multiple of 1 MiB below 4 GiB was expected");
    }

    private static int SectorSize(ImageCreateOptions options, string name, int otherwise) =>
        Size(options, name, otherwise) switch
        {
            512 => 512,
            4096 => 4096,
            long other => throw CreateOptions.Invalid($"{name} is {other}: 512 or 4096 was expected"),
        };

    private static long Size(ImageCreateOptions options, string name, long otherwise) =>
        options.Options.TryGetValue(name, out string? text) ? (long)Math.Min(ByteSize.Parse(text), long.MaxValue) : otherwise;
}
