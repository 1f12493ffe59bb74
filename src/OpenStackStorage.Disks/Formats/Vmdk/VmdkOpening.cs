namespace OpenStackStorage.Disks;

/// <summary>Opens what a descriptor names: the extents and the parent, all through the gate.</summary>
internal static class VmdkOpening
{
    /// <summary>Opens the disk. The device is the image's then; when opening fails it is not disposed.</summary>
    public static VmdkImage Open(BlockDevice device, ImageOpenOptions options)
    {
        VmdkContent content = VmdkContent.Read(device);
        VmdkExtent[] extents = OpenExtents(device, content, options);
        try
        {
            VmdkDescriptor descriptor = content.Descriptor!;
            DiskImage? parent = descriptor.ParentContentId == VmdkDescriptor.NoParent ? null : OpenParent(device, descriptor, options);
            return new VmdkImage(device, descriptor, extents, parent);
        }
        catch
        {
            DisposeOthers(extents, device);
            throw;
        }
    }

    /// <summary>Opens the disk to change it in place; the parent stays read only. The device is the image's then; when opening fails it is not disposed.</summary>
    /// <exception cref="ImageFeatureException">The variety can be read only.</exception>
    public static VmdkWritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        VmdkContent content = VmdkContent.Read(device);
        content.RequireWritable(device);
        VmdkExtent[] extents = OpenExtents(device, content, options, writable: true);
        DiskImage? parent = null;
        try
        {
            VmdkDescriptor descriptor = content.Descriptor!;
            if (descriptor.ParentContentId != VmdkDescriptor.NoParent && options.OpensBacking)
            {
                parent = OpenParent(device, descriptor, options);
                if (parent.Chain().SelectMany(image => image.Files).Any(file => extents.Any(extent => extent.Device!.IsSameAs(file))))
                    throw new ImageReferenceException(ErrorIds.BackingChainInvalid, new ImageReference(device, "parent", descriptor.ParentName!), "it is read from a file that this disk is written to");
            }

            return new VmdkWritableImage(device, extents, parent, hasParent: descriptor.ParentContentId != VmdkDescriptor.NoParent);
        }
        catch
        {
            parent?.Dispose();
            DisposeOthers(extents, device);
            throw;
        }
    }

    /// <summary>Opens the extents alone. Those in the device itself do not own it.</summary>
    /// <exception cref="ImageFeatureException">The device holds an extent without its descriptor, or a disk on devices.</exception>
    public static VmdkExtent[] OpenExtents(BlockDevice device, VmdkContent content, ImageOpenOptions options, bool writable = false)
    {
        content.RequireReadable(device);
        return content.Header is { } header ? [OpenHosted(device, default, header, writable)] : OpenNamed(device, content.Descriptor!, options, writable);
    }

    /// <summary>Closes the extents' files but for the device that the caller has.</summary>
    public static void DisposeOthers(IEnumerable<VmdkExtent> extents, BlockDevice device)
    {
        foreach (VmdkExtent extent in extents)
        {
            if (extent.Device != device)
                extent.Dispose();
        }
    }

    private static VmdkHostedExtent OpenHosted(BlockDevice device, GuestOffset start, in VmdkSparseHeader header, bool writable) =>
        writable ? VmdkWritableSparseExtent.OpenWritable(device, start, header) : VmdkHostedExtent.Open(device, start, header);

    private static VmdkExtent[] OpenNamed(BlockDevice device, VmdkDescriptor descriptor, ImageOpenOptions options, bool writable)
    {
        List<VmdkExtent> extents = [];
        long directories = 0;
        GuestOffset start = default;
        try
        {
            foreach (VmdkExtentLine line in descriptor.Extents)
            {
                VmdkExtent extent = OpenExtent(device, line, start, options, writable);
                extents.Add(extent);
                start = extent.End;
                if (extents.SkipLast(1).Any(other => other.Device is { } file && extent.Device is { } own && own.IsSameAs(file)))
                    throw new ImageFormatException(device, line.Position, "extent file name", $"'{line.Name}', a file that another extent has", "a file of its own for each extent");
                directories += extent is VmdkGrainExtent grains ? grains.Directory.Count * (long)sizeof(uint) : 0;
                if (directories > VmdkSparseHeader.MaximumDirectory)
                    throw new ImageFormatException(device, line.Position, "extent description", "grain directories of more than 16 MiB together", "at most 16 MiB");
            }

            return [.. extents];
        }
        catch
        {
            DisposeOthers(extents, device);
            throw;
        }
    }

    private static VmdkExtent OpenExtent(BlockDevice device, VmdkExtentLine line, GuestOffset start, ImageOpenOptions options, bool writable)
    {
        if (line.Type == VmdkExtentType.Zero)
            return new VmdkZeroExtent(start, line.Length);
        ImageReference reference = new(device, "extent", line.Name!);
        BlockDevice file = ImageFormats.OpenReference(reference, options, writable);
        try
        {
            if (file.IsFixedSize)
                throw new ImageReferenceException(ErrorIds.BackingFileNotAllowed, reference, "it is a device");
            return line.Type switch
            {
                VmdkExtentType.Sparse => OpenSparse(file, line, start, writable),
                VmdkExtentType.VmfsSparse => VmdkCowdExtent.Open(file, start, line.Sectors),
                VmdkExtentType.SeSparse => VmdkSeSparseExtent.Open(file, start, line.Sectors),
                _ => OpenFlat(device, file, line, start, writable),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static VmdkHostedExtent OpenSparse(BlockDevice file, VmdkExtentLine line, GuestOffset start, bool writable)
    {
        VmdkSparseHeader header = VmdkContent.ReadHeader(file);
        if (VmdkContent.HasDescriptor(file, header))
            throw new ImageFormatException(file, 28, "descriptorOffset", $"{header.DescriptorSector}: a descriptor of its own", "none in an extent that a descriptor names");
        if (header.Capacity != (ulong)line.Sectors)
            throw new ImageFormatException(file, 12, "capacity", $"{header.Capacity} sectors", $"{line.Sectors}, as the descriptor says");
        return OpenHosted(file, start, header, writable);
    }

    private static VmdkExtent OpenFlat(BlockDevice device, BlockDevice file, VmdkExtentLine line, GuestOffset start, bool writable)
    {
        long sectors = file.Length / VmdkSparseHeader.SectorSize;
        if (line.Offset > sectors || line.Sectors > sectors - line.Offset)
        {
            throw new ImageFormatException(device, line.Position, "extent size", $"{line.Sectors} sectors from sector {line.Offset} of '{line.Name}'",
                $"a range inside that file of {file.Length} bytes");
        }

        long offset = line.Offset * VmdkSparseHeader.SectorSize;
        return writable ? new VmdkWritableFlatExtent(start, line.Length, file, offset) : new VmdkFlatExtent(start, line.Length, file, offset);
    }

    /// <summary>The parent is a VMDK disk, and its content is still what this disk was made from.</summary>
    private static DiskImage OpenParent(BlockDevice device, VmdkDescriptor descriptor, ImageOpenOptions options)
    {
        DiskImage parent = ImageFormats.OpenBacking(ParentNames.References(device, descriptor.ParentName), "vmdk", options);
        uint found = ((VmdkImage)parent).ContentId;
        if (found == descriptor.ParentContentId)
            return parent;
        parent.Dispose();
        throw new ImageReferenceException(ErrorIds.BackingFileMismatch, new ImageReference(device, "parent", descriptor.ParentName!),
            $"its CID is {found:x8}, and the parentCID is {descriptor.ParentContentId:x8}");
    }
}
