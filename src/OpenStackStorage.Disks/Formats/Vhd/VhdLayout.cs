namespace OpenStackStorage.Disks;

/// <summary>What a new VHD is going to be: its footer, its header and what its parent is called.</summary>
internal sealed record VhdLayout
{
    private const int DefaultBlockSize = 2 << 20;
    private const int SmallBlockSize = 512 << 10;

    /// <summary>Data starts at multiples of this, so that a guest's 4 KiB sector is one of the host too.</summary>
    private const int DataAlignment = 4096;

    public required VhdFooter Footer { get; init; }

    /// <summary>Null for a fixed disk.</summary>
    public VhdDynamicHeader? Header { get; init; }

    /// <summary>The bytes of the one parent locator, which stand behind the table; empty without a parent.</summary>
    public byte[] Locator { get; private init; } = [];

    public VhdDiskType DiskType => Footer.DiskType;

    public long VirtualSize => (long)Footer.CurrentSize;

    public int BlockSize => (int)Header!.BlockSize;

    public int BitmapLength => Header!.BitmapLength;

    /// <summary>Where the first block may lie.</summary>
    public long HeadersEnd => LocatorOffset + SectorsOf(Locator.Length);

    /// <summary>Bytes of the table, padded to whole sectors.</summary>
    public long TableLength => SectorsOf(Header!.MaxTableEntries * 4L);

    public long LocatorOffset => (long)Header!.TableOffset + TableLength;

    /// <summary>Bytes from one block to the next where both are stored.</summary>
    private long Stride => Align(BitmapLength) + BlockSize;

    /// <summary>The word for a type of disk, by Microsoft's tools and qemu's.</summary>
    public static string NameOf(VhdDiskType type) => type switch
    {
        VhdDiskType.Fixed => "fixed",
        VhdDiskType.Dynamic => "dynamic",
        _ => "differencing",
    };

    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the options contradict each other or the format's limits.</exception>
    public static VhdLayout Plan(ImageCreateOptions options, Guid id, DateTime now)
    {
        CreateOptions.RequireKnown(options, "vhd", "subformat", "force_size");
        if (options.Compress)
            throw CreateOptions.Invalid("a VHD can't be compressed: choose a format that can, such as qcow2");
        VhdDiskType type = TypeOf(options);
        if (type != VhdDiskType.Fixed && options.Preallocation != Preallocation.Off)
            throw CreateOptions.Invalid($"a {NameOf(type)} VHD grows as it is written: to reserve its space make it fixed");
        if (type == VhdDiskType.Fixed && options.Preallocation == Preallocation.Metadata)
            throw CreateOptions.Invalid("a fixed VHD has no tables to preallocate: off, falloc or full");

        VhdFooter footer = PlanFooter(options, id, now) with { DiskType = type };
        if (type == VhdDiskType.Fixed)
        {
            return options.ClusterSize is null
                ? new VhdLayout { Footer = footer }
                : throw CreateOptions.Invalid("a fixed VHD has no blocks, and so no cluster size");
        }

        return PlanBlocks(options, footer with { DataOffset = VhdFooter.Length });
    }

    /// <summary>The layout with what a differencing disk records of its parent.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the parent is no VHD of the same size.</exception>
    public VhdLayout WithParent(DiskImage? parent)
    {
        if (DiskType != VhdDiskType.Differencing)
            return this;
        return this with { Header = WithParent(Header!, VirtualSize, parent) };
    }

    /// <summary>A header that records the identity of the parent of a disk of so many bytes.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the parent is no VHD of the same size.</exception>
    public static VhdDynamicHeader WithParent(VhdDynamicHeader header, long virtualSize, DiskImage? parent)
    {
        if (parent is not VhdImage vhd)
            throw CreateOptions.Invalid($"the parent of a differencing VHD is {parent?.Format.ToString() ?? "not open"}, and another VHD was expected");
        // Windows refuses such a chain (ERROR_VHD_CHILD_PARENT_SIZE_MISMATCH).
        if (vhd.VirtualSize != virtualSize)
            throw CreateOptions.Invalid($"the differencing disk has {virtualSize} bytes and its parent {vhd.VirtualSize}: they must be equal");
        return header with { ParentUniqueId = vhd.UniqueId, ParentTimeStamp = TimeStampOf(vhd) };
    }

    /// <summary>Bytes of the file when every block is stored.</summary>
    public long LengthWhenFull()
    {
        if (Header is null)
            return VirtualSize + VhdFooter.Length;
        long blocks = Header.MaxTableEntries;
        long end = blocks == 0 ? HeadersEnd : BlockAt(HeadersEnd, BitmapLength) + BitmapLength + BlockSize + ((blocks - 1) * Stride);
        return end + VhdFooter.Length;
    }

    private static VhdLayout PlanBlocks(ImageCreateOptions options, VhdFooter footer)
    {
        int blockSize = options.ClusterSize ?? DefaultBlockSize;
        if (blockSize is not (DefaultBlockSize or SmallBlockSize))
            throw CreateOptions.Invalid($"a VHD has blocks of 2097152 or 524288 bytes, not of {blockSize}");
        long size = (long)footer.CurrentSize;
        VhdLayout layout = new()
        {
            Footer = footer,
            Header = new VhdDynamicHeader
            {
                TableOffset = VhdFooter.Length + VhdDynamicHeader.Length,
                BlockSize = (uint)blockSize,
                MaxTableEntries = (uint)((size + blockSize - 1) / blockSize),
            },
        };
        layout = options.BackingFile is { } name ? layout.WithNames(name) : layout;
        RequireReach(layout.Header!, layout.HeadersEnd, layout.Header!.MaxTableEntries);
        return layout;
    }

    /// <summary>The table counts sectors in 32 bits: with small blocks the bitmaps take what a full disk would need of it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when not all blocks could be stored.</exception>
    public static void RequireReach(VhdDynamicHeader header, long headersEnd, long blocks)
    {
        long stride = Align(header.BitmapLength) + header.BlockSize;
        if (headersEnd + ((blocks + 1) * stride) > uint.MaxValue * 512L)
            throw CreateOptions.Invalid($"a disk of {blocks * header.BlockSize} bytes needs blocks of 2097152 bytes: with those of {header.BlockSize} it could not be written full");
    }

    private VhdLayout WithNames(string backingFile)
    {
        (VhdDynamicHeader header, byte[] locator) = WithNames(Header!, backingFile, LocatorOffset);
        return this with { Header = header, Locator = locator };
    }

    /// <summary>A header that calls the parent by a name, and the bytes of its locator.</summary>
    /// <param name="locatorOffset">Byte of the file at which these are going to stand.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the name is too long.</exception>
    public static (VhdDynamicHeader Header, byte[] Locator) WithNames(VhdDynamicHeader header, string backingFile, long locatorOffset)
    {
        (uint code, string name) = LocatorFor(backingFile);
        byte[] data = VhdParentLocator.Encode(code, name);
        if (data.Length > VhdParentLocator.MaximumDataLength)
            throw CreateOptions.Invalid($"the parent's name has {data.Length} bytes, and at most {VhdParentLocator.MaximumDataLength} were expected");
        VhdParentLocator locator = new()
        {
            PlatformCode = code,
            DataSpace = (uint)SectorsOf(data.Length),
            DataLength = (uint)data.Length,
            DataOffset = (ulong)locatorOffset,
        };
        return (header with { ParentName = Path.GetFileName(backingFile), Locators = [locator] }, data);
    }

    /// <summary>A relative name as Windows writes it, which all tools read; an absolute one as this system's tools do.</summary>
    private static (uint Code, string Name) LocatorFor(string backingFile) =>
        !Path.IsPathRooted(backingFile) ? (VhdParentLocator.WindowsRelative, RelativeForWindows(backingFile))
        : OperatingSystem.IsWindows() ? (VhdParentLocator.WindowsAbsolute, backingFile)
        : (VhdParentLocator.MacUrl, backingFile);

    private static string RelativeForWindows(string name)
    {
        string path = name.Replace('/', '\\');
        return path.StartsWith(@".\", StringComparison.Ordinal) || path.StartsWith(@"..\", StringComparison.Ordinal) ? path : @".\" + path;
    }

    /// <summary>Where the next block starts so that its data is aligned.</summary>
    public static long BlockAt(long end, int bitmapLength) => Align(end + bitmapLength) - bitmapLength;

    private static VhdFooter PlanFooter(ImageCreateOptions options, Guid id, DateTime now)
    {
        if (options.VirtualSize is < 0 or > VhdFooter.MaximumSize)
            throw CreateOptions.Invalid($"a disk of {options.VirtualSize} bytes is out of range: a VHD has at most {VhdFooter.MaximumSize} bytes (2040 GiB). VHDX and qcow2 hold more");
        long size = SectorsOf(options.VirtualSize);
        bool exact = !options.Options.ContainsKey("force_size") || CreateOptions.Flag(options, "force_size");
        if (exact)
            return VhdFooter.New(size, VhdCreator.HyperV, id, now);
        // As qemu-img without force_size: the disk grows to what its geometry holds, unless that is at its maximum.
        VhdGeometry geometry = VhdGeometry.Holding(size / 512);
        return VhdFooter.New(geometry == VhdGeometry.Maximum ? size : geometry.Sectors * 512, VhdCreator.QemuGeometry, id, now) with { Geometry = geometry };
    }

    private static VhdDiskType TypeOf(ImageCreateOptions options)
    {
        string? name = (options.Options.GetValueOrDefault("subformat") ?? options.SubFormat)?.ToLowerInvariant();
        bool hasParent = options.BackingFile is not null;
        VhdDiskType type = name switch
        {
            null => hasParent ? VhdDiskType.Differencing : VhdDiskType.Dynamic,
            "dynamic" => VhdDiskType.Dynamic,
            "fixed" => VhdDiskType.Fixed,
            "differencing" => VhdDiskType.Differencing,
            _ => throw CreateOptions.Invalid($"'{name}' is no kind of VHD: dynamic, fixed or differencing"),
        };
        if (hasParent != (type == VhdDiskType.Differencing))
            throw CreateOptions.Invalid(hasParent ? $"a {name} VHD has no backing file: leave it out, or make the disk differencing" : "a differencing VHD needs a backing file");
        if (options.BackingFormat is { } format && format != DiskImageFormat.Vhd)
            throw CreateOptions.Invalid($"the parent of a differencing VHD is {format}, and another VHD was expected");
        return type;
    }

    /// <summary>When the parent was changed last: "the modification time stamp of the parent hard disk".</summary>
    private static uint TimeStampOf(VhdImage parent) =>
        File.Exists(parent.File.Path) ? VhdFooter.ToTimeStamp(File.GetLastWriteTimeUtc(parent.File.Path)) : parent.TimeStamp;

    /// <summary>Bytes of the sectors that hold so many bytes.</summary>
    public static long SectorsOf(long bytes) => (bytes + 511) & ~511L;

    private static long Align(long offset) => (offset + DataAlignment - 1) & -DataAlignment;
}
