using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>qcow2, versions 2 and 3.</summary>
public sealed class Qcow2Format : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Qcow2;

    public override string Name => "qcow2";

    public override IReadOnlyList<string> Extensions { get; } = [".qcow2", ".qcow"];

    public override ImageDescription Describe(BlockDevice device)
    {
        Qcow2Header header = ReadHeader(device);
        Qcow2Extensions extensions = Qcow2Extensions.Read(device, header);
        Dictionary<string, object> details = new()
        {
            ["compat"] = header.Version >= 3 ? "1.1" : "0.10",
            ["compression_type"] = header.CompressionType == CompressionType.Zstd ? "zstd" : "zlib",
            ["refcount_bits"] = header.RefcountBits,
            ["lazy_refcounts"] = (header.Compatible & 1) != 0,
            ["corrupt"] = header.Incompatible.HasFlag(Qcow2Incompatible.Corrupt),
            ["extended_l2"] = header.ExtendedL2,
            ["header_length"] = (int)header.HeaderLength,
            ["l1_size"] = (int)header.L1Size,
        };
        if (extensions.DataFile is not null)
        {
            details["data_file"] = extensions.DataFile;
            details["data_file_raw"] = (header.Autoclear & 2) != 0;
        }

        return new ImageDescription
        {
            Format = Format,
            SubFormat = $"v{header.Version}",
            VirtualSize = (long)header.Size,
            ClusterSize = header.ClusterSize,
            BackingFile = extensions.BackingFile,
            BackingFormat = extensions.BackingFormat,
            DataFile = extensions.DataFile,
            Encryption = EncryptionName(header.CryptMethod),
            Compressed = HasCompressedClusters(device, header),
            Dirty = (header.Incompatible & (Qcow2Incompatible.Dirty | Qcow2Incompatible.Corrupt)) != 0,
            Snapshots = [.. Qcow2Snapshot.ReadAll(device, header).Select(snapshot => snapshot.ToImageSnapshot())],
            Bitmaps = extensions.Bitmaps is { } bitmaps ? Qcow2Bitmap.ReadNames(device, header, bitmaps) : [],
            Details = details,
        };
    }

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        Qcow2Header header = ReadHeader(device, options.Salvage);
        Qcow2Extensions extensions = Qcow2Extensions.Read(device, header);
        RefuseUnknownFeatures(device, header, extensions, encryption: false);

        ulong l1Offset = header.L1TableOffset;
        long size = (long)header.Size;
        if (options.Snapshot is { } wanted)
        {
            Qcow2Snapshot snapshot = Qcow2Snapshot.Find(device, header, wanted);
            (l1Offset, size) = (snapshot.L1TableOffset, snapshot.VirtualSize);
        }

        Qcow2L1Table l1 = Qcow2L1Table.Read(device, header, l1Offset, size, options.Salvage);
        if (!options.Salvage)
            Qcow2Checker.RequireRefcountTable(device, header);
        (BlockDevice? dataFile, DiskImage? backing) = OpenReferences(device, header, extensions, options, writable: false);
        return new Qcow2Image(device, header, l1, size, dataFile, backing, options.Salvage);
    }

    public override WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        try
        {
            Qcow2Header header = ReadHeader(device);
            Qcow2Extensions extensions = Qcow2Extensions.Read(device, header);
            RefuseUnknownFeatures(device, header, extensions, encryption: false);
            RefuseWriting(device, header, options);
            Qcow2Checker.RequireRefcountTable(device, header);
            (BlockDevice? dataFile, DiskImage? backing) = OpenReferences(device, header, extensions, options, writable: true);
            try
            {
                return new Qcow2WritableImage(device, header, extensions, dataFile, backing);
            }
            catch
            {
                dataFile?.Dispose();
                backing?.Dispose();
                throw;
            }
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public override void Validate(ImageCreateOptions options) => Qcow2Layout.Plan(options);

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options) => new Qcow2Writer(device, Qcow2Layout.Plan(options));

    public override long? LengthWhenFull(ImageCreateOptions options) => Qcow2Layout.Plan(options).LengthWhenFull();

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token)
    {
        Qcow2Header header = ReadHeader(device);
        RefuseUnknownFeatures(device, header, Qcow2Extensions.Read(device, header), encryption: true);
        return new Qcow2Checker(device, header).Run(deep, progress, token);
    }

    /// <param name="salvage">Do without the refcount table: reading the disk needs none, and a file that was cut short lost it first.</param>
    internal static Qcow2Header ReadHeader(BlockDevice device, bool salvage = false)
    {
        Span<byte> bytes = stackalloc byte[Qcow2Header.MaximumLength];
        int read = device.ReadUpTo(default, bytes);
        if (read < Qcow2Header.Version2Length)
            throw new ImageFormatException(device, 0, "header", $"a file of {read} bytes", "at least 72 bytes");
        Qcow2Header header = Qcow2Header.Parse(bytes[..read]);
        if (header.Version == 3 && read < Qcow2Header.Version3Length)
            throw new ImageFormatException(device, 0, "header", $"a file of {read} bytes", "at least 104 bytes for version 3");
        if (salvage)
            header = header with { RefcountTableOffset = 0, RefcountTableClusters = 0 };
        header.Validate(device, requireRefcounts: !salvage);
        return header;
    }

    /// <param name="encryption">Whether known encryption is no hindrance: metadata is never encrypted.</param>
    private static void RefuseUnknownFeatures(BlockDevice device, in Qcow2Header header, Qcow2Extensions extensions, bool encryption)
    {
        List<string> features = [];
        if (!(encryption && header.CryptMethod <= 2) && EncryptionName(header.CryptMethod) is { } method)
            features.Add($"{method} encryption");
        if (header.CompressionTypeCode > 1)
            features.Add($"compression type {header.CompressionTypeCode} (header byte 104)");
        ulong unknown = (ulong)header.Incompatible & ~(ulong)Qcow2Incompatible.Known;
        for (int bit = 0; bit < 64; bit++)
        {
            if ((unknown >> bit & 1) != 0)
                features.Add($"{extensions.IncompatibleNames.GetValueOrDefault(bit, "unknown feature")} (incompatible bit {bit}, header bytes 72-79)");
        }

        if (features.Count > 0)
            throw new ImageFeatureException(device, features);
    }

    private static void RefuseWriting(BlockDevice device, in Qcow2Header header, ImageOpenOptions options)
    {
        if (options.Snapshot is { } snapshot)
            throw new StorageException(ErrorIds.ParameterInvalid, $"The snapshot '{snapshot}' of '{device.Path}' can't be written to: restore it first.") { Target = device.Path };
        if (header.Incompatible.HasFlag(Qcow2Incompatible.Corrupt))
        {
            throw new ImageFormatException(device, 72, "incompatible_features", "the corrupt bit", "an image that was not found corrupt")
            {
                Remedy = "Repair it with 'qemu-img check -r all', or convert it to a new image.",
            };
        }

        if (header.Incompatible.HasFlag(Qcow2Incompatible.Dirty))
        {
            throw new ImageFormatException(device, 72, "incompatible_features", "the dirty bit: its refcounts may be stale", "an image that was closed properly")
            {
                Remedy = "Repair it with 'qemu-img check -r all', or convert it to a new image.",
            };
        }
    }

    private static (BlockDevice? DataFile, DiskImage? Backing) OpenReferences(
        BlockDevice device, in Qcow2Header header, Qcow2Extensions extensions, ImageOpenOptions options, bool writable)
    {
        BlockDevice? dataFile = null;
        try
        {
            if (header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile))
                dataFile = ImageFormats.OpenReference(new ImageReference(device, "data file", extensions.DataFile!), options, writable);
            DiskImage? backing = extensions.BackingFile is null || !options.OpensBacking
                ? null
                : ImageFormats.OpenBacking(new ImageReference(device, "backing file", extensions.BackingFile), extensions.BackingFormat, options);
            if (dataFile is not null && backing is not null && backing.Chain().SelectMany(image => image.Files).Any(dataFile.IsSameAs))
            {
                backing.Dispose();
                throw new ImageReferenceException(ErrorIds.BackingChainInvalid, new ImageReference(device, "data file", extensions.DataFile!), "a backing file is read from it too");
            }

            return (dataFile, backing);
        }
        catch
        {
            dataFile?.Dispose();
            throw;
        }
    }

    private static string? EncryptionName(uint method) => method switch
    {
        0 => null,
        1 => "AES (legacy)",
        2 => "LUKS",
        _ => $"unknown method {method}",
    };

    /// <summary>Looks into the first L2 table only: an image is compressed as a whole or not at all, as a rule.</summary>
    private static bool HasCompressedClusters(BlockDevice device, in Qcow2Header header)
    {
        Span<byte> l1 = stackalloc byte[(int)Math.Min(512, header.L1Size) * 8];
        device.ReadPadded(new HostOffset((long)header.L1TableOffset), l1);
        for (; l1.Length > 0; l1 = l1[8..])
        {
            long table = (long)(BinaryPrimitives.ReadUInt64BigEndian(l1) & Qcow2Entry.OffsetMask);
            if (table == 0)
                continue;
            byte[] l2 = new byte[Math.Min(header.ClusterSize, 65536)];
            device.ReadPadded(new HostOffset(table), l2);
            for (int offset = 0; offset < l2.Length; offset += header.L2EntrySize)
            {
                if ((BinaryPrimitives.ReadUInt64BigEndian(l2.AsSpan(offset)) & Qcow2Entry.Compressed) != 0)
                    return true;
            }

            return false;
        }

        return false;
    }
}
