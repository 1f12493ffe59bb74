using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>The varieties that are written.</summary>
internal enum VmdkKind
{
    MonolithicSparse,
    MonolithicFlat,
    TwoGbMaxExtentSparse,
    TwoGbMaxExtentFlat,
    StreamOptimized,
}

/// <summary>What a new disk will be: settled and judged from the options, before anything is written.</summary>
internal sealed record VmdkLayout
{
    /// <summary>Bytes; the one size that VMware's programs make and qemu writes.</summary>
    public const int GrainSize = 65536;

    public const int TableEntries = 512;

    /// <summary>Bytes of an extent of a split disk: 2047 MiB, so that with its tables it stays below 2 GiB.</summary>
    public const long SplitExtent = 2047L << 20;

    /// <summary>Sectors that a 32-bit entry of a grain table can name.</summary>
    public const long MaximumSparseSectors = 1L << 32;

    private const int DefaultLevel = 3; // as DeflateCodec: better than level 6 of zlib in a third of its time

    private static readonly string[] KnownOptions = ["adapter_type", "hwversion", "toolsversion", "compat6", "zeroed_grain"];

    public required VmdkKind Kind { get; init; }

    /// <summary>Bytes, a whole number of sectors.</summary>
    public required long VirtualSize { get; init; }

    public required string AdapterType { get; init; }

    public required string HardwareVersion { get; init; }

    public required string ToolsVersion { get; init; }

    public bool ZeroedGrains { get; init; }

    public int CompressionLevel { get; init; }

    public Preallocation Preallocation { get; init; }

    public string? ParentName { get; init; }

    /// <summary>Null while the parent is not open, and without one.</summary>
    public uint? ParentContentId { get; init; }

    public bool IsFlat => Kind is VmdkKind.MonolithicFlat or VmdkKind.TwoGbMaxExtentFlat;

    /// <summary>True where the descriptor is a file of its own.</summary>
    public bool HasDescriptorFile => Kind is not (VmdkKind.MonolithicSparse or VmdkKind.StreamOptimized);

    /// <summary>createType.</summary>
    public string TypeName => $"{char.ToLowerInvariant(Kind.ToString()[0])}{Kind.ToString()[1..]}";

    private bool IsSplit => Kind is VmdkKind.TwoGbMaxExtentSparse or VmdkKind.TwoGbMaxExtentFlat;

    /// <summary>Bytes of each extent, in the order of the disk.</summary>
    public IReadOnlyList<long> Extents
    {
        get
        {
            if (!IsSplit)
                return [VirtualSize];
            List<long> extents = [];
            for (long done = 0; done < VirtualSize; done += SplitExtent)
                extents.Add(Math.Min(SplitExtent, VirtualSize - done));
            return extents;
        }
    }

    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the options contradict each other or the format's limits.</exception>
    public static VmdkLayout Plan(ImageCreateOptions options)
    {
        CreateOptions.RequireKnown(options, "vmdk", KnownOptions);
        VmdkKind kind = KindOf(options);
        bool flat = kind is VmdkKind.MonolithicFlat or VmdkKind.TwoGbMaxExtentFlat;
        RefuseContradictions(options, kind, flat);
        if (options.VirtualSize is < 0 or > long.MaxValue - VmdkSparseHeader.SectorSize)
            throw CreateOptions.Invalid($"a disk of {options.VirtualSize} bytes is out of range");
        long size = (options.VirtualSize + VmdkSparseHeader.SectorSize - 1) / VmdkSparseHeader.SectorSize * VmdkSparseHeader.SectorSize;
        CheckSize(kind, size);
        bool compat6 = CreateOptions.Flag(options, "compat6");
        string? hardware = options.Options.GetValueOrDefault("hwversion");
        if (compat6 && hardware is not null)
            throw CreateOptions.Invalid("compat6 and hwversion contradict each other: compat6 is hwversion 6");
        return new VmdkLayout
        {
            Kind = kind,
            VirtualSize = size,
            // ESXi has no IDE disks for images that are streamed to it; elsewhere qemu-img's default holds.
            AdapterType = AdapterOf(options, kind == VmdkKind.StreamOptimized ? "lsilogic" : "ide"),
            HardwareVersion = compat6 ? "6" : Number("hwversion", hardware ?? "4"),
            ToolsVersion = Number("toolsversion", options.Options.GetValueOrDefault("toolsversion", "2147483647")),
            ZeroedGrains = CreateOptions.Flag(options, "zeroed_grain"),
            CompressionLevel = options.CompressionLevel ?? DefaultLevel,
            Preallocation = options.Preallocation,
            ParentName = options.BackingFile,
            ParentContentId = options.Backing is null ? null : ((VmdkImage)options.Backing).ContentId,
        };
    }

    /// <summary>The disk itself, then the extents beside it, named as VMware's programs name them.</summary>
    public IReadOnlyList<string> FilesOf(string path)
    {
        if (!HasDescriptorFile)
            return [path];
        string stem = Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path));
        if (!IsSplit)
            return [path, $"{stem}-flat.vmdk"];
        string letter = IsFlat ? "f" : "s";
        return [path, .. Enumerable.Range(1, Extents.Count).Select(number => string.Create(CultureInfo.InvariantCulture, $"{stem}-{letter}{number:000}.vmdk"))];
    }

    /// <summary>
    /// Bytes of all files when every grain is stored. Descriptors grow with the names of files: those of a disk named
    /// "image" are counted. Sparse files above 2 TiB are counted too, though writing them is refused.
    /// </summary>
    public long LengthWhenFull()
    {
        long length = 0;
        foreach (long extent in Extents)
        {
            length += Kind switch
            {
                VmdkKind.StreamOptimized => VmdkStreamWriter.LengthWhenFull(Header(extent)),
                VmdkKind.MonolithicSparse or VmdkKind.TwoGbMaxExtentSparse => VmdkSparseFile.LengthWhenFull(Header(extent), !HasDescriptorFile),
                _ => extent,
            };
        }

        if (!HasDescriptorFile)
            return length;
        ImageFile[] files = [.. FilesOf("image.vmdk").Select(path => new ImageFile(path, new MemoryBlockDevice(path)))];
        return length + new VmdkDescriptorWriter(this, files).ToBytes(contentId: 0).Length;
    }

    public ImageWriter CreateWriter(IReadOnlyList<ImageFile> files)
    {
        if (files.Any(file => file.Device.IsFixedSize))
            throw new StorageException(ErrorIds.PathNotSupported, $"'{files[0].Path}' is a block device, and a VMDK disk lies in files.") { Target = files[0].Path };
        if (files.Count != (HasDescriptorFile ? Extents.Count + 1 : 1))
            throw new ArgumentException($"A {TypeName} disk of {VirtualSize} bytes does not consist of {files.Count} files.", nameof(files));
        if (ParentName is not null && ParentContentId is null)
            throw CreateOptions.Invalid($"the parent '{ParentName}' must be open, as its CID is recorded");
        VmdkDescriptorWriter descriptor = new(this, files);
        return Kind switch
        {
            VmdkKind.StreamOptimized => new VmdkStreamWriter(files[0].Device, this, descriptor),
            VmdkKind.MonolithicSparse => new VmdkSparseWriter([files[0].Device], this, descriptor),
            VmdkKind.TwoGbMaxExtentSparse => new VmdkSparseWriter([.. files.Skip(1).Select(file => file.Device)], this, descriptor),
            _ => new VmdkFlatWriter([.. files.Skip(1).Select(file => file.Device)], this, descriptor),
        };
    }

    /// <summary>The header of a sparse extent of so many bytes, without the places of its tables.</summary>
    public VmdkSparseHeader Header(long length)
    {
        bool stream = Kind == VmdkKind.StreamOptimized;
        return new VmdkSparseHeader
        {
            Magic = VmdkSparseHeader.MagicNumber,
            // ESXi takes streams of version 3 only ("sparse VMDK version too old"); zeroed grains came with version 2.
            Version = stream ? 3u : ZeroedGrains ? 2u : 1u,
            Flags = VmdkSparseFlags.NewLineTest
                | (stream ? VmdkSparseFlags.Compressed | VmdkSparseFlags.Markers : VmdkSparseFlags.RedundantDirectory)
                | (ZeroedGrains ? VmdkSparseFlags.ZeroedGrains : 0),
            Capacity = (ulong)(length / VmdkSparseHeader.SectorSize),
            GrainSectors = GrainSize / VmdkSparseHeader.SectorSize,
            TableEntries = TableEntries,
            NewLines = VmdkSparseHeader.IntactNewLines,
            CompressAlgorithm = stream ? VmdkSparseHeader.Deflate : (ushort)0,
        };
    }

    private static VmdkKind KindOf(ImageCreateOptions options)
    {
        if (options.SubFormat is not { } name)
            return options.Compress ? VmdkKind.StreamOptimized : VmdkKind.MonolithicSparse;
        foreach (VmdkKind kind in Enum.GetValues<VmdkKind>())
        {
            if (string.Equals(kind.ToString(), name, StringComparison.OrdinalIgnoreCase))
                return kind;
        }

        throw CreateOptions.Invalid($"'{name}' is no variety of vmdk: monolithicSparse, monolithicFlat, twoGbMaxExtentSparse, twoGbMaxExtentFlat or streamOptimized");
    }

    private static void RefuseContradictions(ImageCreateOptions options, VmdkKind kind, bool flat)
    {
        bool stream = kind == VmdkKind.StreamOptimized;
        if (options.Compress && !stream)
            throw CreateOptions.Invalid("of vmdk's varieties only streamOptimized is compressed");
        if (options.CompressionType != CompressionType.Zlib)
            throw CreateOptions.Invalid($"vmdk compresses with zlib, not {options.CompressionType}");
        if (options.CompressionLevel is { } level && level is < 1 or > 9)
            throw CreateOptions.Invalid($"zlib has no level {options.CompressionLevel}: 1 to 9");
        if (options.ClusterSize is { } cluster && (flat || cluster != GrainSize))
            throw CreateOptions.Invalid(flat ? "flat extents have no grains" : $"a grain size of {cluster} is not 65536, the one that VMware's programs take");
        if (flat && options.Preallocation == Preallocation.Metadata)
            throw CreateOptions.Invalid("flat extents have no metadata to preallocate");
        if (!flat && options.Preallocation is not (Preallocation.Off or Preallocation.Metadata))
            throw CreateOptions.Invalid("space is preallocated in flat extents only: monolithicFlat or twoGbMaxExtentFlat");
        if (stream && options.Preallocation != Preallocation.Off)
            throw CreateOptions.Invalid("a stream can't be preallocated");
        if (flat && CreateOptions.Flag(options, "zeroed_grain"))
            throw CreateOptions.Invalid("flat extents have no grains");
        if (options.BackingFile is null)
            return;
        if (flat || stream)
            throw CreateOptions.Invalid("only monolithicSparse and twoGbMaxExtentSparse disks can have a parent");
        if (options.BackingFormat is not (null or DiskImageFormat.Vmdk) || options.Backing is not (null or VmdkImage))
            throw CreateOptions.Invalid("the parent of a vmdk disk is a vmdk disk too");
        if (options.BackingFile.Any(character => character == '"' || char.IsControl(character)))
            throw CreateOptions.Invalid("a parent's name can't hold quotes or control characters");
    }

    private static void CheckSize(VmdkKind kind, long size)
    {
        if (size == 0)
            throw CreateOptions.Invalid("a vmdk disk has at least one sector of 512 bytes");
        long maximum = kind switch
        {
            VmdkKind.MonolithicSparse => MaximumSparseSectors * VmdkSparseHeader.SectorSize,
            VmdkKind.TwoGbMaxExtentSparse or VmdkKind.TwoGbMaxExtentFlat => VmdkDescriptor.MaximumExtents * SplitExtent,
            VmdkKind.StreamOptimized => VmdkSparseHeader.MaximumDirectory / sizeof(uint) * TableEntries * GrainSize,
            _ => long.MaxValue,
        };
        if (size > maximum)
            throw CreateOptions.Invalid($"a {kind} disk has at most {ByteSize.Format(maximum)}; larger ones are monolithicFlat or streamOptimized");
    }

    private static string AdapterOf(ImageCreateOptions options, string otherwise)
    {
        string adapter = options.Options.GetValueOrDefault("adapter_type", otherwise);
        return adapter is "ide" or "buslogic" or "lsilogic" or "legacyESX"
            ? adapter
            : throw CreateOptions.Invalid($"adapter_type is '{adapter}': ide, buslogic, lsilogic or legacyESX was expected");
    }

    private static string Number(string option, string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? text
            : throw CreateOptions.Invalid($"{option} is '{text}': a number was expected");
}
