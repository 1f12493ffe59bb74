namespace OpenStackStorage.Disks;

/// <summary>An open qcow2 image: read only.</summary>
public sealed class Qcow2Image : DiskImage
{
    private readonly Qcow2Header _header;
    private readonly BlockDevice _data;
    private readonly Qcow2Map _map;
    private readonly ClusterCodec _codec;

    internal Qcow2Image(BlockDevice file, in Qcow2Header header, Qcow2L1Table l1, long virtualSize, BlockDevice? dataFile, DiskImage? backing, bool salvage)
        : base(file)
    {
        _header = header;
        _data = dataFile ?? file;
        _map = new Qcow2Map(this, header, new ReadTables(l1, new Qcow2TableCache(file, header.ClusterSize, salvage)), _data, backing is not null);
        _codec = ClusterCodec.Get(header.CompressionType);
        VirtualSize = virtualSize;
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Qcow2;

    public override long VirtualSize { get; }

    public override int ClusterSize => _header.ClusterSize;

    public override DiskImage? Backing { get; }

    public override IEnumerable<BlockDevice> Files => HasDataFile ? [File, _data] : [File];

    private bool HasDataFile => _map.HasDataFile;

    public override Extent Map(GuestOffset start, GuestOffset end) => _map.Map(start, end);

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) =>
        Decompress(this, _codec, extent, stored, cluster);

    internal static void Decompress(DiskImage image, ClusterCodec codec, in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        if (codec.TryDecompress(stored, cluster) is { } problem)
        {
            throw new ImageFormatException(image.File, extent.Host.Value,
                $"compressed cluster at guest offset {extent.Start.Value - extent.Skip}", problem, $"a {codec.Name} stream of {cluster.Length} bytes");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && HasDataFile)
            _data.Dispose();
        base.Dispose(disposing);
    }

    private sealed class ReadTables(Qcow2L1Table l1, Qcow2TableCache l2) : IQcow2Tables
    {
        public int Count => l1.Length;

        public long OffsetOf(int index) => l1[index];

        public bool IsEmpty(int index) => l1.IsEmpty(index);

        public byte[] Load(long offset) => l2.Get(offset);
    }
}
