using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>What a file of the format is: a descriptor as text, a sparse extent with or without one inside, or an extent of ESX.</summary>
/// <param name="Header">The header of a hosted sparse extent, validated; null for other files.</param>
/// <param name="Descriptor">Null for an extent that another file's descriptor names.</param>
/// <param name="BareType">The type of such an extent.</param>
/// <param name="Sectors">Sectors of the disk, or of the extent alone, as far as they are known.</param>
internal sealed record VmdkContent(VmdkSparseHeader? Header, VmdkDescriptor? Descriptor, VmdkExtentType? BareType, ulong Sectors)
{
    public long VirtualSize => (long)Math.Min(Sectors, long.MaxValue / VmdkSparseHeader.SectorSize) * VmdkSparseHeader.SectorSize;

    /// <summary>Types whose one file holds descriptor and data.</summary>
    private static readonly string[] MonolithicTypes = ["monolithicSparse", "streamOptimized"];

    /// <summary>Types of a descriptor with extents in files of their own ("The Header", createType).</summary>
    private static readonly string[] SplitTypes =
    [
        "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "2GbMaxExtentSparse", "2GbMaxExtentFlat", "custom",
        "vmfs", "vmfsPreallocated", "vmfsEagerZeroedThick", "vmfsThin", "vmfsSparse", "seSparse",
    ];

    private static readonly string[] WritableTypes =
        ["monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "2GbMaxExtentSparse", "2GbMaxExtentFlat", "custom"];

    /// <summary>Reads header and descriptor; opens nothing else and reads no tables.</summary>
    public static VmdkContent Read(BlockDevice device)
    {
        Span<byte> start = stackalloc byte[VmdkSparseHeader.SectorSize];
        int read = device.ReadUpTo(default, start);
        start[read..].Clear();
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start);
        if (magic == VmdkCowdExtent.MagicNumber)
            return new VmdkContent(null, null, VmdkExtentType.VmfsSparse, BinaryPrimitives.ReadUInt32LittleEndian(start[12..]));
        if (BinaryPrimitives.ReadUInt64LittleEndian(start) == VmdkSeSparseExtent.MagicNumber)
            return new VmdkContent(null, null, VmdkExtentType.SeSparse, BinaryPrimitives.ReadUInt64LittleEndian(start[16..]));
        if (magic != VmdkSparseHeader.MagicNumber)
            return ReadText(device);

        VmdkSparseHeader header = ReadHeader(device, start, read);
        if (!HasDescriptor(device, header))
            return new VmdkContent(header, null, VmdkExtentType.Sparse, header.Capacity);
        if (header.DescriptorSectors > VmdkDescriptor.MaximumLength / VmdkSparseHeader.SectorSize)
            throw new ImageFormatException(device, 36, "descriptorSize", $"{header.DescriptorSectors} sectors", $"less than {VmdkDescriptor.MaximumLength + 1} bytes");
        int length = (int)header.DescriptorSectors * VmdkSparseHeader.SectorSize;
        if (length == 0 || VmdkSparseHeader.Place(header.DescriptorSector, length, device.Length) is not { } offset)
            throw new ImageFormatException(device, 28, "descriptorOffset", $"{header.DescriptorSectors} sectors at sector {header.DescriptorSector}", $"a place inside the file of {device.Length} bytes");
        VmdkDescriptor descriptor = VmdkDescriptor.Read(device, offset, length);
        if (descriptor.Extents.Count != 1 || descriptor.Extents[0].Type != VmdkExtentType.Sparse)
            throw new ImageFormatException(device, descriptor.Extents[^1].Position, "extent description", "extents in other files", "one SPARSE extent: the file that the descriptor is in");
        return new VmdkContent(header, descriptor, null, header.Capacity);
    }

    /// <summary>False for the extents of a split disk. qemu reserves the room all the same, and leaves it empty.</summary>
    public static bool HasDescriptor(BlockDevice device, in VmdkSparseHeader header)
    {
        Span<byte> first = stackalloc byte[1];
        return header.DescriptorSector != 0
            && (VmdkSparseHeader.Place(header.DescriptorSector, 1, device.Length) is not { } offset || (device.ReadUpTo(new HostOffset(offset), first) == 1 && first[0] != 0));
    }

    /// <summary>Reads and validates the header of a hosted sparse extent.</summary>
    public static VmdkSparseHeader ReadHeader(BlockDevice device)
    {
        Span<byte> start = stackalloc byte[VmdkSparseHeader.SectorSize];
        return ReadHeader(device, start, device.ReadUpTo(default, start));
    }

    private static VmdkSparseHeader ReadHeader(BlockDevice device, ReadOnlySpan<byte> start, int read)
    {
        if (read < start.Length)
            throw new ImageFormatException(device, 0, "SparseExtentHeader", $"a file of {read} bytes", $"at least {VmdkSparseHeader.SectorSize} bytes");
        VmdkSparseHeader header = VmdkSparseHeader.Parse(start);
        header.Validate(device, 0);
        return header;
    }

    private static VmdkContent ReadText(BlockDevice device)
    {
        if (device.Length > VmdkDescriptor.MaximumLength)
            throw new ImageFormatException(device, 0, "descriptor", $"a file of {device.Length} bytes", $"a descriptor of at most {VmdkDescriptor.MaximumLength} bytes, or a sparse extent");
        VmdkDescriptor descriptor = VmdkDescriptor.Read(device, 0, (int)device.Length);
        return new VmdkContent(null, descriptor, null, (ulong)(descriptor.VirtualSize / VmdkSparseHeader.SectorSize));
    }

    /// <summary>Refuses varieties that can't be changed in place: streams, extents of ESX, extents that are read only or have no file.</summary>
    public void RequireWritable(BlockDevice device)
    {
        RequireReadable(device);
        if (!WritableTypes.Contains(Descriptor!.CreateType, StringComparer.OrdinalIgnoreCase))
        {
            throw new ImageFeatureException(device, $"writing into a {Descriptor.CreateType} disk")
            {
                Remedy = "Convert it to monolithicSparse, or to another format.",
            };
        }

        foreach (VmdkExtentLine extent in Descriptor.Extents)
        {
            if (extent.IsReadOnly)
                throw new ImageFeatureException(device, "writing into an extent that is RDONLY");
            if (extent.Type is not (VmdkExtentType.Flat or VmdkExtentType.Sparse))
                throw new ImageFeatureException(device, $"writing into {extent.Type.ToString().ToUpperInvariant()} extents");
        }
    }

    /// <summary>Refuses a createType that can't be read, or that does not fit where the descriptor is.</summary>
    public void RequireReadable(BlockDevice device)
    {
        VmdkDescriptor descriptor = Descriptor ?? throw new ImageFeatureException(device, "reading an extent without its descriptor")
        {
            Remedy = "Give the descriptor: the .vmdk file that names this one.",
        };
        (string[] wanted, string[] misplaced) = Header is null ? (SplitTypes, MonolithicTypes) : (MonolithicTypes, SplitTypes);
        string type = VmdkExtentLine.Shorten(descriptor.CreateType);
        if (wanted.Contains(descriptor.CreateType, StringComparer.OrdinalIgnoreCase))
            return;
        if (misplaced.Contains(descriptor.CreateType, StringComparer.OrdinalIgnoreCase))
            throw new ImageFormatException(device, descriptor.PositionOf("createType"), "createType", $"'{type}'", $"one of {string.Join(", ", wanted)} in such a file");
        throw new ImageFeatureException(device, $"the createType '{type}'");
    }
}
