using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>An open qcow2 image: maps guest ranges through the L1 and L2 tables. Source: qcow2.rst, "Cluster mapping".</summary>
public sealed class Qcow2Image : DiskImage
{
    private readonly Qcow2Header _header;
    private readonly Qcow2L1Table _l1;
    private readonly Qcow2TableCache _l2;
    private readonly BlockDevice _data;
    private readonly ClusterCodec _codec;

    internal Qcow2Image(BlockDevice file, in Qcow2Header header, Qcow2L1Table l1, long virtualSize, BlockDevice? dataFile, DiskImage? backing, bool salvage)
        : base(file)
    {
        _header = header;
        _l1 = l1;
        _l2 = new Qcow2TableCache(file, header.ClusterSize, salvage);
        _data = dataFile ?? file;
        _codec = ClusterCodec.Get(header.CompressionType);
        VirtualSize = virtualSize;
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Qcow2;

    public override long VirtualSize { get; }

    public override int ClusterSize => _header.ClusterSize;

    public override DiskImage? Backing { get; }

    public override IEnumerable<BlockDevice> Files => HasDataFile ? [File, _data] : [File];

    private bool HasDataFile => !ReferenceEquals(_data, File);

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        int index = (int)(start.Value / _header.L2Coverage);
        long table = _l1[index];
        if (table == 0)
        {
            int last = index;
            while (last + 1 < _l1.Length && _l1.IsEmpty(last + 1) && (last + 1) * _header.L2Coverage < end.Value)
                last++;
            return new Extent(start, Math.Min(end.Value, (last + 1) * _header.L2Coverage) - start.Value, Absent, Layer: this);
        }

        GuestOffset tableEnd = new(Math.Min(end.Value, (index + 1) * _header.L2Coverage));
        ReadOnlySpan<byte> entries = _l2.Get(table);
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

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        if (_codec.TryDecompress(stored, cluster) is { } problem)
        {
            throw new ImageFormatException(File, extent.Host.Value,
                $"compressed cluster at guest offset {extent.Start.Value - extent.Skip}", problem, $"a {_codec.Name} stream of {cluster.Length} bytes");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && HasDataFile)
            _data.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What an unallocated cluster is: with a backing file its bytes, without one zeroes.</summary>
    private ExtentKind Absent => Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing;

    /// <summary>Maps within one cluster, or one run of equal subclusters of it.</summary>
    private Extent MapPiece(ReadOnlySpan<byte> table, long tableOffset, GuestOffset start, GuestOffset end)
    {
        int bits = (int)_header.ClusterBits;
        int index = (int)((start.Value >> bits) & (_header.L2Entries - 1));
        int inCluster = (int)(start.Value & (_header.ClusterSize - 1));
        long length = Math.Min(_header.ClusterSize - inCluster, end - start);
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(table[(index * _header.L2EntrySize)..]);
        long entryOffset = tableOffset + (index * (long)_header.L2EntrySize);

        if (entry == Qcow2Entry.Unreadable)
            throw Corrupt(entryOffset, index, "an entry that can't be read or has all bits set", "an entry");
        if ((entry & Qcow2Entry.Compressed) != 0)
            return MapCompressed(table, index, entry, entryOffset, start, length, inCluster);

        if ((entry & _header.L2Reserved) != 0)
            throw Corrupt(entryOffset, index, $"0x{entry:x16}", "reserved bits to be 0");
        long host = (long)(entry & Qcow2Entry.OffsetMask);
        // In a data file offset 0 is a place like any other; bit 63 tells that it is meant.
        bool allocated = host != 0 || (HasDataFile && (entry & Qcow2Entry.Copied) != 0);
        ExtentKind kind;
        if (_header.ExtendedL2)
            (kind, length) = MapSubclusters(table, index, entryOffset, allocated, inCluster, length);
        else if ((entry & Qcow2Entry.ReadsAsZero) != 0)
            kind = ExtentKind.Zero;
        else
            kind = allocated ? ExtentKind.Data : Absent;

        if (kind != ExtentKind.Data)
            return new Extent(start, length, kind, Layer: this);
        RequireData(host, start.Value - inCluster, entryOffset, index);
        return new Extent(start, length, ExtentKind.Data, _data, new HostOffset(host + inCluster), Layer: this);
    }

    private Extent MapCompressed(ReadOnlySpan<byte> table, int index, ulong entry, long entryOffset, GuestOffset start, long length, int inCluster)
    {
        if (HasDataFile)
            throw Corrupt(entryOffset, index, "a compressed cluster", "none, as the image has an external data file");
        if (_header.ExtendedL2 && BinaryPrimitives.ReadUInt64BigEndian(table[((index * 16) + 8)..]) != 0)
            throw Corrupt(entryOffset + 8, index, "a subcluster bitmap on a compressed cluster", "0");
        (HostOffset host, int stored) = Qcow2Entry.DecodeCompressed(entry, _header.CompressedOffsetBits);
        if (!Qcow2Entry.IsCompressedPlace(host, stored, File.Length))
            throw Corrupt(entryOffset, index, $"{stored} compressed bytes at {host.Value}", $"a place inside the file of {File.Length} bytes");
        if (_header.Overlap(host.Value & -_header.ClusterSize, _header.ClusterSize) is { } structure)
            throw Corrupt(entryOffset, index, $"a compressed cluster at {host.Value}, over the {structure}", "a place of its own");
        return new Extent(start, length, ExtentKind.Compressed, File, host, stored, inCluster, this);
    }

    /// <summary>
    /// Extended L2 entries, bytes 8-15: bits 0-31 say which subclusters are allocated, bits 32-63 which read as zeroes.
    /// </summary>
    private (ExtentKind Kind, long Length) MapSubclusters(ReadOnlySpan<byte> table, int index, long entryOffset, bool allocated, int inCluster, long length)
    {
        ulong bitmap = BinaryPrimitives.ReadUInt64BigEndian(table[((index * 16) + 8)..]);
        uint allocations = (uint)bitmap;
        uint zeroes = (uint)(bitmap >> 32);
        if ((allocations & zeroes) != 0)
            throw Corrupt(entryOffset + 8, index, $"bitmap 0x{bitmap:x16}", "no subcluster that is both allocated and zero");
        if (!allocated && allocations != 0)
            throw Corrupt(entryOffset + 8, index, $"bitmap 0x{bitmap:x16} without a host cluster", "no allocated subclusters");

        int size = _header.ClusterSize / 32;
        int first = inCluster / size;
        ExtentKind kind = KindOf(first);
        int last = first;
        while (last + 1 < 32 && KindOf(last + 1) == kind)
            last++;
        return (kind, Math.Min(length, ((last + 1) * (long)size) - inCluster));

        ExtentKind KindOf(int subcluster) =>
            (allocations >> subcluster & 1) != 0 ? ExtentKind.Data
            : (zeroes >> subcluster & 1) != 0 ? ExtentKind.Zero
            : Absent;
    }

    private void RequireData(long host, long guest, long entryOffset, int index)
    {
        // Header, bit 2: "the offset field in the Standard Cluster Descriptor must match the guest offset".
        if (HasDataFile && host != guest)
            throw Corrupt(entryOffset, index, $"a data cluster at {host}", $"{guest}, its guest offset, as the data lies in a data file");
        if (host % _header.ClusterSize != 0 || host >= _data.Length)
            throw Corrupt(entryOffset, index, $"a data cluster at {host}", $"a multiple of {_header.ClusterSize} inside '{_data.Path}' of {_data.Length} bytes");
        if (!HasDataFile && _header.Overlap(host, _header.ClusterSize) is { } structure)
            throw Corrupt(entryOffset, index, $"a data cluster at {host}, over the {structure}", "a cluster of its own");
    }

    private ImageFormatException Corrupt(long offset, int index, string found, string expected) =>
        new(File, offset, $"L2 entry {index}", found, expected);
}
