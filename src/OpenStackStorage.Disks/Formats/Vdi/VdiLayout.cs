namespace OpenStackStorage.Disks;

/// <summary>What a new VDI is going to be.</summary>
internal static class VdiLayout
{
    private const int MapOffset = 512;

    /// <summary>Where data may start: VirtualBox aligns it to this for the sake of large pages of SSDs.</summary>
    private const int DataAlignment = 1 << 20;

    /// <summary>The word for a type of image, by VirtualBox's and qemu's tools.</summary>
    public static string NameOf(VdiImageType type) => type switch
    {
        VdiImageType.Dynamic => "dynamic",
        VdiImageType.Static => "static",
        VdiImageType.Undo => "undo",
        _ => "differencing",
    };

    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the options contradict each other or the format's limits.</exception>
    public static VdiHeader Plan(ImageCreateOptions options, Guid id, Guid modificationId)
    {
        CreateOptions.RequireKnown(options, "vdi", "static");
        if (options.Compress)
            throw CreateOptions.Invalid("a VDI can't be compressed: choose a format that can, such as qcow2");
        if (options.BackingFile is not null)
            throw CreateOptions.Invalid("differencing VDIs are read, not written: choose a format such as qcow2 or vhd");
        if (options.ClusterSize is { } size and not VdiHeader.DefaultBlockSize)
            throw CreateOptions.Invalid($"a VDI has blocks of {VdiHeader.DefaultBlockSize} bytes, not of {size}: qemu reads no others");
        VdiImageType type = TypeOf(options);
        if (type == VdiImageType.Dynamic && options.Preallocation != Preallocation.Off)
            throw CreateOptions.Invalid("a dynamic VDI grows as it is written: to reserve its space make it static");
        const long largest = (long)VdiHeader.MaximumBlocks * VdiHeader.DefaultBlockSize;
        if (options.VirtualSize is < 0 or > largest)
            throw CreateOptions.Invalid($"a disk of {options.VirtualSize} bytes is out of range: at most {largest} bytes (14 TiB)");

        long diskSize = (options.VirtualSize + 511) & ~511L;
        uint blocks = (uint)((diskSize + VdiHeader.DefaultBlockSize - 1) / VdiHeader.DefaultBlockSize);
        return new VdiHeader
        {
            Type = type,
            MapOffset = MapOffset,
            DataOffset = (uint)((MapOffset + (blocks * 4L) + DataAlignment - 1) & -DataAlignment),
            DiskSize = (ulong)diskSize,
            BlockSize = VdiHeader.DefaultBlockSize,
            Blocks = blocks,
            BlocksAllocated = type == VdiImageType.Static ? blocks : 0,
            Id = id,
            ModificationId = modificationId,
        };
    }

    private static VdiImageType TypeOf(ImageCreateOptions options)
    {
        string? name = options.SubFormat?.ToLowerInvariant();
        bool isStatic = name switch
        {
            null or "dynamic" => false,
            "static" => true,
            _ => throw CreateOptions.Invalid($"'{options.SubFormat}' is no kind of VDI that is written: dynamic or static"),
        };
        if (options.Options.ContainsKey("static"))
        {
            bool asked = CreateOptions.Flag(options, "static");
            if (name is not null && asked != isStatic)
                throw CreateOptions.Invalid($"the option static contradicts the subformat {name}");
            isStatic = asked;
        }

        return isStatic ? VdiImageType.Static : VdiImageType.Dynamic;
    }
}
