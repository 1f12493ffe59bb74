using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>The fixed part of a qcow2 header. Source: qemu, docs/interop/qcow2.rst, "Header".</summary>
internal readonly record struct Qcow2Header
{
    public const uint MagicNumber = 0x514649FB; // "QFI\xfb"
    public const int Version2Length = 72;
    public const int Version3Length = 104;
    public const int MaximumLength = 112;
    public const int MinimumClusterBits = 9;

    /// <summary>qemu opens nothing above 2 MiB clusters (block/qcow2.h, MAX_CLUSTER_BITS).</summary>
    public const int MaximumClusterBits = 21;

    /// <summary>Extended L2 entries need clusters of 16 KiB, so that a subcluster holds a sector.</summary>
    public const int MinimumExtendedClusterBits = 14;

    /// <summary>qemu's limits (block/qcow2.h): QCOW_MAX_L1_SIZE and QCOW_MAX_REFTABLE_SIZE, in bytes.</summary>
    public const int MaximumL1Bytes = 32 << 20;
    public const int MaximumRefcountTableBytes = 8 << 20;
    public const int MaximumSnapshots = 65536;

    /// <summary>Bits of <see cref="Autoclear"/>: the bitmaps are up to date; the data file alone is a raw image.</summary>
    public const ulong BitmapsValid = 1;
    public const ulong RawDataFile = 2;
    public const ulong KnownAutoclear = BitmapsValid | RawDataFile;

    public uint Magic { get; init; }                    // bytes 0-3
    public uint Version { get; init; }                  // 4-7
    public ulong BackingFileOffset { get; init; }       // 8-15
    public uint BackingFileSize { get; init; }          // 16-19
    public uint ClusterBits { get; init; }              // 20-23
    public ulong Size { get; init; }                    // 24-31
    public uint CryptMethod { get; init; }              // 32-35
    public uint L1Size { get; init; }                   // 36-39
    public ulong L1TableOffset { get; init; }           // 40-47
    public ulong RefcountTableOffset { get; init; }     // 48-55
    public uint RefcountTableClusters { get; init; }    // 56-59
    public uint SnapshotCount { get; init; }            // 60-63
    public ulong SnapshotsOffset { get; init; }         // 64-71
    public Qcow2Incompatible Incompatible { get; init; } // 72-79, version 3
    public ulong Compatible { get; init; }              // 80-87
    public ulong Autoclear { get; init; }               // 88-95
    public uint RefcountOrder { get; init; }            // 96-99
    public uint HeaderLength { get; init; }             // 100-103
    public byte CompressionTypeCode { get; init; }      // 104

    public int ClusterSize => 1 << (int)ClusterBits;

    public bool ExtendedL2 => Incompatible.HasFlag(Qcow2Incompatible.ExtendedL2);

    /// <summary>Bytes of an L2 entry: 8, or 16 with the subcluster bitmap.</summary>
    public int L2EntrySize => ExtendedL2 ? 16 : 8;

    /// <summary>Parts of a cluster that are allocated one by one: 32 with extended L2 entries.</summary>
    public int Subclusters => ExtendedL2 ? 32 : 1;

    public int SubclusterSize => ClusterSize / Subclusters;

    /// <summary>Bits of a standard L2 entry that must be 0. Bit 0, "reads as zeroes", came with version 3 and moved into the subcluster bitmap.</summary>
    public ulong L2Reserved => Qcow2Entry.L2Reserved | (Version < 3 || ExtendedL2 ? Qcow2Entry.ReadsAsZero : 0);

    /// <summary>Entries of an L2 table, which is one cluster long.</summary>
    public int L2Entries => ClusterSize / L2EntrySize;

    /// <summary>Guest bytes that one L2 table maps.</summary>
    public long L2Coverage => (long)L2Entries << (int)ClusterBits;

    public int RefcountBits => 1 << (int)RefcountOrder;

    /// <summary>Bits of a compressed cluster descriptor that hold the host offset ("x" in the specification).</summary>
    public int CompressedOffsetBits => 62 - ((int)ClusterBits - 8);

    public CompressionType CompressionType => CompressionTypeCode == 1 ? CompressionType.Zstd : CompressionType.Zlib;

    /// <summary>Decodes; nothing is judged. <paramref name="bytes"/> may end after 72 bytes for version 2.</summary>
    public static Qcow2Header Parse(ReadOnlySpan<byte> bytes)
    {
        Qcow2Header header = new()
        {
            Magic = BinaryPrimitives.ReadUInt32BigEndian(bytes),
            Version = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            BackingFileOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BackingFileSize = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            ClusterBits = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
            Size = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            CryptMethod = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
            L1Size = BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
            L1TableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
            RefcountTableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[48..]),
            RefcountTableClusters = BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]),
            SnapshotCount = BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]),
            SnapshotsOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[64..]),
            RefcountOrder = 4, // version 2: always 16 bits
            HeaderLength = Version2Length,
        };
        if (header.Version < 3 || bytes.Length < Version3Length)
            return header;
        header = header with
        {
            Incompatible = (Qcow2Incompatible)BinaryPrimitives.ReadUInt64BigEndian(bytes[72..]),
            Compatible = BinaryPrimitives.ReadUInt64BigEndian(bytes[80..]),
            Autoclear = BinaryPrimitives.ReadUInt64BigEndian(bytes[88..]),
            RefcountOrder = BinaryPrimitives.ReadUInt32BigEndian(bytes[96..]),
            HeaderLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[100..]),
        };
        // A field past header_length is absent, which means 0 ("Additional fields", rule 3).
        return header.HeaderLength > Version3Length && bytes.Length > Version3Length
            ? header with { CompressionTypeCode = bytes[104] }
            : header;
    }

    /// <summary>Encodes <see cref="HeaderLength"/> bytes.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        bytes[..(int)HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], Version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], BackingFileOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], BackingFileSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], ClusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Size);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[32..], CryptMethod);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[36..], L1Size);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[40..], L1TableOffset);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[48..], RefcountTableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[56..], RefcountTableClusters);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[60..], SnapshotCount);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[64..], SnapshotsOffset);
        if (Version < 3)
            return;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[72..], (ulong)Incompatible);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[80..], Compatible);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[88..], Autoclear);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[96..], RefcountOrder);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[100..], HeaderLength);
        if (HeaderLength > Version3Length)
            bytes[104] = CompressionTypeCode;
    }

    /// <summary>Throws for the first field that can't be true of this file.</summary>
    /// <exception cref="ImageFormatException">A field breaks the specification or points outside the file.</exception>
    /// <exception cref="ImageFeatureException">The version is not 2 or 3.</exception>
    public void Validate(BlockDevice device, bool requireRefcounts = true)
    {
        Require(Magic == MagicNumber, 0, "magic", $"0x{Magic:x8}", "0x514649fb");
        if (Version is not (2 or 3))
            throw new ImageFeatureException(device, $"qcow2 version {Version} (at byte 4, version; 2 and 3 are read)");
        Require(ClusterBits is >= MinimumClusterBits and <= MaximumClusterBits, 20, "cluster_bits", ClusterBits, "9 to 21");
        Require(!ExtendedL2 || ClusterBits >= MinimumExtendedClusterBits, 20, "cluster_bits", ClusterBits, "14 to 21 with extended L2 entries");
        if (Version == 3)
        {
            Require(HeaderLength >= Version3Length && HeaderLength % 8 == 0 && HeaderLength <= ClusterSize, 100, "header_length",
                HeaderLength, $"a multiple of 8 from 104 to the cluster size of {ClusterSize}");
            Require(RefcountOrder <= 6, 96, "refcount_order", RefcountOrder, "0 to 6");
            bool flagged = Incompatible.HasFlag(Qcow2Incompatible.CompressionType);
            Require(flagged == (CompressionTypeCode != 0), 104, "compression_type", CompressionTypeCode,
                flagged ? "a type other than 0, as incompatible bit 3 says" : "0, as incompatible bit 3 is not set");
        }

        Require(Size <= long.MaxValue, 24, "size", Size, "at most 2^63-1 bytes");
        long l1Needed = RequiredL1Entries((long)Size);
        Require(L1Size <= MaximumL1Bytes / 8, 36, "l1_size", L1Size, "at most 4194304 entries (32 MiB)");
        Require(L1Size >= l1Needed, 36, "l1_size", L1Size, $"at least {l1Needed} entries for {Size} bytes");
        RequireTable(device, L1TableOffset, L1Size * 8L, 40, "l1_table_offset", mayBeEmpty: true);
        if (requireRefcounts)
        {
            long refcountBytes = (long)RefcountTableClusters << (int)ClusterBits;
            Require(refcountBytes is > 0 and <= MaximumRefcountTableBytes, 56, "refcount_table_clusters", RefcountTableClusters, "1 or more, at most 8 MiB in all");
            RequireTable(device, RefcountTableOffset, refcountBytes, 48, "refcount_table_offset", mayBeEmpty: false);
        }

        Require(SnapshotsOffset % (ulong)ClusterSize == 0, 64, "snapshots_offset", SnapshotsOffset, $"a multiple of the cluster size {ClusterSize}");
        Require(SnapshotCount <= MaximumSnapshots, 60, "nb_snapshots", SnapshotCount, "at most 65536");
        if (SnapshotCount > 0)
            RequireTable(device, SnapshotsOffset, SnapshotCount * 40L, 64, "snapshots_offset", mayBeEmpty: false);
        if (BackingFileOffset != 0)
        {
            Require(BackingFileSize is > 0 and <= 1023, 16, "backing_file_size", BackingFileSize, "1 to 1023 bytes");
            Require(BackingFileOffset >= HeaderLength && BackingFileOffset <= (ulong)ClusterSize && BackingFileOffset + BackingFileSize <= (ulong)ClusterSize, 8, "backing_file_offset",
                BackingFileOffset, "a name within the first cluster, after the header");
        }

        void Require(bool holds, long offset, string field, object found, string expected)
        {
            if (!holds)
                throw new ImageFormatException(device, offset, field, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{found}"), expected);
        }
    }

    public Qcow2Header WithTables(long refcountTable, int refcountTableClusters, int backingNameOffset, int backingNameLength) => this with
    {
        RefcountTableOffset = (ulong)refcountTable,
        RefcountTableClusters = (uint)refcountTableClusters,
        BackingFileOffset = (ulong)backingNameOffset,
        BackingFileSize = (uint)backingNameLength,
    };

    /// <summary>L1 entries that a disk of this size needs.</summary>
    public long RequiredL1Entries(long size) => (size / L2Coverage) + (size % L2Coverage == 0 ? 0 : 1);

    /// <summary>The header's own structure that a range of the file touches, where nothing else may lie; null when it touches none.</summary>
    public string? Overlap(long offset, long length)
    {
        long end = offset + length;
        if (offset < ClusterSize)
            return "header";
        if (Touches(L1TableOffset, L1Size * 8L))
            return "L1 table";
        if (Touches(RefcountTableOffset, (long)RefcountTableClusters << (int)ClusterBits))
            return "refcount table";
        return SnapshotCount > 0 && Touches(SnapshotsOffset, SnapshotCount * 40L) ? "snapshot table" : null;

        bool Touches(ulong start, long bytes) => bytes > 0 && (long)start < end && offset < (long)start + bytes;
    }

    /// <summary>Throws when a table of the file is not cluster-aligned, at 0, or not wholly in the file.</summary>
    public void RequireTable(BlockDevice device, ulong offset, long bytes, long fieldOffset, string field, bool mayBeEmpty)
    {
        if (mayBeEmpty && bytes == 0)
            return;
        ulong length = (ulong)device.Length;
        if (offset == 0 || offset % (ulong)ClusterSize != 0 || offset > length || (ulong)bytes > length - offset)
        {
            throw new ImageFormatException(device, fieldOffset, field, $"offset {offset} for {bytes} bytes",
                $"a multiple of the cluster size {ClusterSize} with all of the table inside the file of {length} bytes");
        }
    }
}

/// <summary>qcow2 header bytes 72-79: who does not know a set bit must not open the image.</summary>
[Flags]
internal enum Qcow2Incompatible : ulong
{
    None = 0,
    Dirty = 1 << 0,
    Corrupt = 1 << 1,
    ExternalDataFile = 1 << 2,
    CompressionType = 1 << 3,
    ExtendedL2 = 1 << 4,
    Known = Dirty | Corrupt | ExternalDataFile | CompressionType | ExtendedL2,
}
