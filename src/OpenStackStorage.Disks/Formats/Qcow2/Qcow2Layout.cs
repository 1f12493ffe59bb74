using System.Globalization;
using System.Numerics;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>What a new image is going to be: its header and extensions, worked out from what the user asked for.</summary>
internal sealed record Qcow2Layout
{
    private const int DefaultClusterSize = 65536;

    private static readonly string[] KnownOptions = ["compat", "refcount_bits", "lazy_refcounts", "extended_l2"];

    public required Qcow2Header Header { get; init; }

    public required Qcow2Extensions Extensions { get; init; }

    public bool Compress { get; init; }

    public int? CompressionLevel { get; init; }

    public Preallocation Preallocation { get; init; }

    /// <summary>Clusters of the L1 table, which follows the header.</summary>
    public long L1Clusters => ((Header.L1Size * 8L) + Header.ClusterSize - 1) >> (int)Header.ClusterBits;

    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the options contradict each other or the format's limits.</exception>
    public static Qcow2Layout Plan(ImageCreateOptions options)
    {
        CreateOptions.RequireKnown(options, "qcow2", KnownOptions);
        bool version3 = IsVersion3(options);
        int clusterSize = options.ClusterSize ?? DefaultClusterSize;
        bool extended = CreateOptions.Flag(options, "extended_l2");
        int smallest = 1 << (extended ? Qcow2Header.MinimumExtendedClusterBits : Qcow2Header.MinimumClusterBits);
        if (!BitOperations.IsPow2(clusterSize) || clusterSize < smallest || clusterSize > 1 << Qcow2Header.MaximumClusterBits)
            throw CreateOptions.Invalid($"a cluster size of {clusterSize} is not a power of two from {smallest} to 2097152");
        int refcountBits = RefcountBits(options);
        bool zstd = options.CompressionType == CompressionType.Zstd;
        if (!version3 && (extended || zstd || refcountBits != 16 || CreateOptions.Flag(options, "lazy_refcounts")))
            throw CreateOptions.Invalid("extended_l2, zstd, refcount_bits other than 16 and lazy_refcounts need compat 1.1 (v3)");
        if (options.BackingFile is not null && options.Preallocation != Preallocation.Off)
            throw CreateOptions.Invalid("preallocation would hide the backing file");
        CheckLevel(options);

        Qcow2Header header = new()
        {
            Magic = Qcow2Header.MagicNumber,
            Version = version3 ? 3u : 2u,
            ClusterBits = (uint)BitOperations.Log2((uint)clusterSize),
            Size = RoundUpToSector(options.VirtualSize),
            RefcountOrder = (uint)BitOperations.Log2((uint)refcountBits),
            HeaderLength = (uint)(version3 ? Qcow2Header.MaximumLength : Qcow2Header.Version2Length),
            L1TableOffset = (ulong)clusterSize,
            Incompatible = (extended ? Qcow2Incompatible.ExtendedL2 : 0) | (zstd ? Qcow2Incompatible.CompressionType : 0),
            Compatible = CreateOptions.Flag(options, "lazy_refcounts") ? 1u : 0u,
            CompressionTypeCode = (byte)(zstd ? 1 : 0),
        };
        long entries = header.RequiredL1Entries((long)header.Size);
        if (entries > Qcow2Header.MaximumL1Bytes / 8)
        {
            throw CreateOptions.Invalid($"{options.VirtualSize} bytes need more than the 4194304 L1 entries that a qcow2 image may have: with clusters of {clusterSize} bytes "
                + $"the largest disk is {ByteSize.Format(Qcow2Header.MaximumL1Bytes / 8 * header.L2Coverage)}");
        }

        return new Qcow2Layout
        {
            // An image of no size still has an L1 table, as qemu makes it.
            Header = header with { L1Size = (uint)Math.Max(1, entries) },
            Extensions = new Qcow2Extensions
            {
                BackingFile = options.BackingFile,
                BackingFormat = options.BackingFormat is { } format ? ImageFormats.Get(format).Name : null,
            },
            Compress = options.Compress,
            CompressionLevel = options.CompressionLevel,
            Preallocation = options.Preallocation,
        };
    }

    /// <summary>Bytes of the file when every cluster is stored; the same as qemu's qcow2_calc_prealloc_size.</summary>
    public long LengthWhenFull()
    {
        long data = (long)((Header.Size + (ulong)Header.ClusterSize - 1) >> (int)Header.ClusterBits);
        long counted = 1 + L1Clusters + Header.RequiredL1Entries((long)Header.Size) + data;
        long entries = Qcow2RefcountBlock.Entries(Header.ClusterSize, (int)Header.RefcountOrder);
        long blocks = 0;
        long table = 0;
        for (long last = -1; blocks + table != last;)
        {
            last = blocks + table;
            blocks = (counted + last + entries - 1) / entries;
            table = ((blocks * 8) + Header.ClusterSize - 1) >> (int)Header.ClusterBits;
        }

        long clusters = counted + blocks + table;
        return blocks * 8 <= Qcow2Header.MaximumRefcountTableBytes
            ? clusters << (int)Header.ClusterBits
            : throw CreateOptions.Invalid($"a full disk of {ByteSize.Format((long)Header.Size)} outgrows the refcount table of a qcow2 image with clusters of {Header.ClusterSize} bytes: choose a larger cluster size");
    }

    /// <summary>The first cluster of the finished file: header, extensions, backing file name.</summary>
    public byte[] FirstCluster(long refcountTable, int refcountTableClusters)
    {
        byte[] cluster = new byte[Header.ClusterSize];
        byte[] name = Encoding.UTF8.GetBytes(Extensions.BackingFile ?? "");
        byte[] extensions = Extensions.ToBytes(Header.Version >= 3);
        int room = cluster.Length - (int)Header.HeaderLength - name.Length;
        if (extensions.Length > room)
            extensions = Extensions.ToBytes(version3: false); // the feature names are a courtesy; small clusters lack the room
        if (name.Length > 1023 || extensions.Length > room)
            throw CreateOptions.Invalid($"the backing file's name of {name.Length} bytes does not fit into the header: at most 1023 bytes, and less with clusters below 2 KiB");
        Header.WithTables(refcountTable, refcountTableClusters, name.Length == 0 ? 0 : (int)Header.HeaderLength + extensions.Length, name.Length).WriteTo(cluster);
        extensions.CopyTo(cluster.AsSpan((int)Header.HeaderLength));
        name.CopyTo(cluster.AsSpan((int)Header.HeaderLength + extensions.Length));
        return cluster;
    }

    private static ulong RoundUpToSector(long size) =>
        size is >= 0 and <= long.MaxValue - 511
            ? ((ulong)size + 511) & ~511UL
            : throw CreateOptions.Invalid($"a disk of {size} bytes is out of range: 0 to 9223372036854775296");

    private static bool IsVersion3(ImageCreateOptions options)
    {
        string? compat = options.Options.GetValueOrDefault("compat") ?? options.SubFormat?.ToLowerInvariant();
        return compat switch
        {
            null or "1.1" or "v3" => true,
            "0.10" or "v2" => false,
            _ => throw CreateOptions.Invalid($"'{compat}' is no version of qcow2: v3 (compat 1.1) or v2 (compat 0.10)"),
        };
    }

    private static int RefcountBits(ImageCreateOptions options)
    {
        string text = options.Options.GetValueOrDefault("refcount_bits", "16");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && BitOperations.IsPow2(bits) && bits <= 64
            ? bits
            : throw CreateOptions.Invalid($"refcount_bits is '{text}': a power of two from 1 to 64 was expected");
    }

    private static void CheckLevel(ImageCreateOptions options)
    {
        (int minimum, int maximum, _) = ClusterCodec.Get(options.CompressionType).Levels;
        if (options.CompressionLevel is { } level && (level < minimum || level > maximum))
            throw CreateOptions.Invalid($"{options.CompressionType} has no level {level}: {minimum} to {maximum}");
        if (options.Compress)
            ClusterCodec.Get(options.CompressionType).RequireCompressor();
    }
}
