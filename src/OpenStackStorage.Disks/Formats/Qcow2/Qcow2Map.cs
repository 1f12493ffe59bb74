using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>The L2 tables of an image, by the L1 entries that name them.</summary>
internal interface IQcow2Tables
{
    /// <summary>L1 entries.</summary>
    int Count { get; }

    /// <summary>Host offset of an L2 table; 0 when its range is unallocated.</summary>
    long OffsetOf(int index);

    /// <summary>True when an L1 entry names no table.</summary>
    bool IsEmpty(int index);

    /// <summary>The bytes of the L2 table at a host offset. While an image is written they hold until the next change only.</summary>
    byte[] Load(long offset);
}

/// <summary>Maps guest ranges of a qcow2 image through its L1 and L2 tables. Source: qcow2.rst, "Cluster mapping".</summary>
/// <param name="image">The image that extents are said to come from.</param>
/// <param name="data">Where data clusters lie: the image file, or its data file.</param>
/// <param name="hasBacking">Whether a backing image shows through where nothing is allocated.</param>
internal sealed class Qcow2Map(DiskImage image, Qcow2Header header, IQcow2Tables tables, BlockDevice data, bool hasBacking)
{
    private readonly BlockDevice _file = image.File;
    private Qcow2Header _header = header;

    public bool HasDataFile => !ReferenceEquals(data, _file);

    /// <summary>Takes over the header, which changes while an image is written.</summary>
    public void Renew(in Qcow2Header header) => _header = header;

    /// <summary>What an unallocated cluster is: with a backing file its bytes, without one zeroes.</summary>
    private ExtentKind Absent => hasBacking ? ExtentKind.Backing : ExtentKind.Unallocated;

    /// <inheritdoc cref="DiskImage.Map"/>
    public Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > image.VirtualSize)
            end = new GuestOffset(image.VirtualSize);
        int index = (int)(start.Value / _header.L2Coverage);
        long table = tables.OffsetOf(index);
        if (table == 0)
        {
            int last = index;
            while (last + 1 < tables.Count && tables.IsEmpty(last + 1) && (last + 1) * _header.L2Coverage < end.Value)
                last++;
            return new Extent(start, Math.Min(end.Value, (last + 1) * _header.L2Coverage) - start.Value, Absent, Layer: image);
        }

        GuestOffset tableEnd = new(Math.Min(end.Value, (index + 1) * _header.L2Coverage));
        ReadOnlySpan<byte> entries = tables.Load(table);
        Extent extent = MapPiece(entries, table, start, tableEnd);
        if (extent.Kind == ExtentKind.Compressed)
            return extent;
        while (extent.End < tableEnd)
        {
            Extent next = MapPiece(entries, table, extent.End, tableEnd);
            if (next.Kind != extent.Kind || (extent.Kind == ExtentKind.Data && next.Host.Value != extent.Host.Value + extent.Length))
                break;
            extent = extent with { Length = extent.Length + next.Length };
        }

        return extent;
    }

    /// <summary>Reads and judges what a table says of a guest cluster; all but where its host cluster lies.</summary>
    /// <param name="tableOffset">Where the table lies, for messages.</param>
    /// <exception cref="ImageFormatException">The entry is against the specification.</exception>
    public Qcow2Cluster Read(ReadOnlySpan<byte> table, long tableOffset, int index)
    {
        long entryOffset = tableOffset + (index * (long)_header.L2EntrySize);
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(table[(index * _header.L2EntrySize)..]);
        if (entry == Qcow2Entry.Unreadable)
            throw Corrupt(entryOffset, index, "an entry that can't be read or has all bits set", "an entry");
        Qcow2Cluster cluster = Qcow2Cluster.Parse(table, index, _header);
        if (cluster.IsCompressed)
        {
            JudgeCompressed(table, index, cluster.Compressed, entryOffset);
            return cluster;
        }

        if ((entry & _header.L2Reserved) != 0)
            throw Corrupt(entryOffset, index, $"0x{entry:x16}", "reserved bits to be 0");
        if (_header.ExtendedL2 && (cluster.Allocated & cluster.Zeroes) != 0)
            throw Corrupt(entryOffset + 8, index, $"bitmap 0x{cluster.Zeroes:x8}{cluster.Allocated:x8}", "no subcluster that is both allocated and zero");
        if (!cluster.HasHost && cluster.Allocated != 0)
            throw Corrupt(entryOffset + 8, index, $"bitmap 0x{cluster.Zeroes:x8}{cluster.Allocated:x8} without a host cluster", "no allocated subclusters");
        return cluster;
    }

    /// <summary>Judges where the host cluster of a guest cluster lies.</summary>
    /// <param name="guest">Where the guest cluster starts.</param>
    /// <param name="mustExist">False where the cluster is only kept for later: then it may lie past the end of the file.</param>
    /// <exception cref="ImageFormatException">No data can lie there.</exception>
    public void RequirePlace(long host, long guest, long tableOffset, int index, bool mustExist = true)
    {
        long entryOffset = tableOffset + (index * (long)_header.L2EntrySize);
        // Header, bit 2: "the offset field in the Standard Cluster Descriptor must match the guest offset".
        if (HasDataFile && host != guest)
            throw Corrupt(entryOffset, index, $"a data cluster at {host}", $"{guest}, its guest offset, as the data lies in a data file");
        if (host % _header.ClusterSize != 0 || (mustExist && host >= data.Length))
            throw Corrupt(entryOffset, index, $"a data cluster at {host}", $"a multiple of {_header.ClusterSize} inside '{data.Path}' of {data.Length} bytes");
        if (!HasDataFile && _header.Overlap(host, _header.ClusterSize) is { } structure)
            throw Corrupt(entryOffset, index, $"a data cluster at {host}, over the {structure}", "a cluster of its own");
    }

    /// <summary>Maps within one cluster, or one run of equal subclusters of it.</summary>
    private Extent MapPiece(ReadOnlySpan<byte> table, long tableOffset, GuestOffset start, GuestOffset end)
    {
        int index = (int)((start.Value >> (int)_header.ClusterBits) & (_header.L2Entries - 1));
        int inCluster = (int)(start.Value & (_header.ClusterSize - 1));
        long length = Math.Min(_header.ClusterSize - inCluster, end - start);
        Qcow2Cluster cluster = Read(table, tableOffset, index);
        if (cluster.IsCompressed)
        {
            (HostOffset host, int stored) = Qcow2Entry.DecodeCompressed(cluster.Compressed, _header.CompressedOffsetBits);
            return new Extent(start, length, ExtentKind.Compressed, _file, host, stored, inCluster, image);
        }

        int first = inCluster / _header.SubclusterSize;
        ExtentKind kind = KindOf(cluster, first);
        int last = first;
        while (last + 1 < _header.Subclusters && KindOf(cluster, last + 1) == kind)
            last++;
        length = Math.Min(length, ((last + 1) * (long)_header.SubclusterSize) - inCluster);
        if (kind != ExtentKind.Data)
            return new Extent(start, length, kind, Layer: image);
        RequirePlace(cluster.Host, start.Value - inCluster, tableOffset, index);
        return new Extent(start, length, ExtentKind.Data, data, new HostOffset(cluster.Host + inCluster), Layer: image);
    }

    private ExtentKind KindOf(in Qcow2Cluster cluster, int subcluster) =>
        (cluster.Allocated >> subcluster & 1) != 0 ? ExtentKind.Data
        : (cluster.Zeroes >> subcluster & 1) != 0 ? ExtentKind.Zero
        : Absent;

    private void JudgeCompressed(ReadOnlySpan<byte> table, int index, ulong entry, long entryOffset)
    {
        if (HasDataFile)
            throw Corrupt(entryOffset, index, "a compressed cluster", "none, as the image has an external data file");
        if (_header.ExtendedL2 && BinaryPrimitives.ReadUInt64BigEndian(table[((index * 16) + 8)..]) != 0)
            throw Corrupt(entryOffset + 8, index, "a subcluster bitmap on a compressed cluster", "0");
        (HostOffset host, int stored) = Qcow2Entry.DecodeCompressed(entry, _header.CompressedOffsetBits);
        if (!Qcow2Entry.IsCompressedPlace(host, stored, _file.Length))
            throw Corrupt(entryOffset, index, $"{stored} compressed bytes at {host.Value}", $"a place inside the file of {_file.Length} bytes");
        if (_header.Overlap(host.Value & -_header.ClusterSize, _header.ClusterSize) is { } structure)
            throw Corrupt(entryOffset, index, $"a compressed cluster at {host.Value}, over the {structure}", "a place of its own");
    }

    private ImageFormatException Corrupt(long offset, int index, string found, string expected) =>
        new(_file, offset, $"L2 entry {index}", found, expected);
}
