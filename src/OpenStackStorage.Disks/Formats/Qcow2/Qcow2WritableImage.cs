namespace OpenStackStorage.Disks;

/// <summary>
/// A qcow2 image that is open for writing. Clusters that a snapshot has too, and compressed ones, are never changed: what
/// is written goes to new clusters. <see cref="Qcow2Metadata"/> keeps the order in which the tables reach the disk.
/// </summary>
public sealed partial class Qcow2WritableImage : WritableImage
{
    /// <summary>Tables that are held, for L2 and refcounts each.</summary>
    private const int CacheBudget = 32 << 20;

    private readonly Qcow2Metadata _metadata;
    private readonly Qcow2Extensions _extensions;
    private readonly BlockDevice _data;
    private readonly ClusterCodec _codec;
    private readonly byte[] _emptyTable;
    private long _size;
    private bool _isPrepared;

    /// <summary>Clusters of a place that was given out and is not linked yet.</summary>
    private ClusterRun _reserved;

    internal Qcow2WritableImage(
        BlockDevice file, in Qcow2Header header, Qcow2Extensions extensions, BlockDevice? dataFile, DiskImage? backing, int cacheBudget = CacheBudget)
        : base(file)
    {
        _extensions = extensions;
        _data = dataFile ?? file;
        _metadata = new Qcow2Metadata(this, header, dataFile, backing is not null, cacheBudget);
        _codec = ClusterCodec.Get(header.CompressionType);
        _emptyTable = new byte[header.ClusterSize];
        _size = (long)header.Size;
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Qcow2;

    public override long VirtualSize => _size;

    public override int ClusterSize => Header.ClusterSize;

    public override int ZeroAlignment => Header.SubclusterSize;

    public override DiskImage? Backing { get; }

    public override IEnumerable<BlockDevice> Files => HasDataFile ? [File, _data] : [File];

    private Qcow2Header Header => _metadata.Header;

    private int ClusterBits => _metadata.ClusterBits;

    private bool HasDataFile => _metadata.Map.HasDataFile;

    /// <summary>Autoclear bit 1: the data file alone is a raw image of the disk.</summary>
    private bool DataFileIsRaw => HasDataFile && (Header.Autoclear & Qcow2Header.RawDataFile) != 0;

    public override Extent Map(GuestOffset start, GuestOffset end) => _metadata.Map.Map(start, end);

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) =>
        Qcow2Image.Decompress(this, _codec, extent, stored, cluster);

    public override void Flush()
    {
        if (_metadata.HasChanges)
            _metadata.Write();
        else
            _metadata.Barrier();
    }

    public override void Close()
    {
        TakeBackReserved();
        Flush();
        if (_metadata.HasChanges)
            _metadata.Write(); // the counts of what the first writing freed
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && HasDataFile)
            _data.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Comes before every change.</summary>
    private void BeginChange()
    {
        TakeBackReserved();
        if (!_isPrepared)
            Prepare();
        if (_metadata.Pool.IsFull)
            _metadata.Write();
    }

    /// <summary>What was given out and not linked, as its filling failed.</summary>
    private void TakeBackReserved()
    {
        if (_reserved.Count > 0)
            _metadata.Pool.GiveBack(_reserved);
        _reserved = default;
    }

    /// <summary>
    /// The first change: bitmaps that should follow the guest's writes are marked as "in use", which is what says that they
    /// are not up to date; features unknown to us that a writer must clear are cleared (qcow2.rst, autoclear_features).
    /// </summary>
    private void Prepare()
    {
        MarkBitmapsInUse(all: false);
        ulong known = Header.Autoclear & Qcow2Header.KnownAutoclear;
        if (known != Header.Autoclear)
        {
            _metadata.WriteHeader(Header with { Autoclear = known });
            _metadata.Barrier();
        }

        _isPrepared = true;
    }

    private void MarkBitmapsInUse(bool all)
    {
        if (_extensions.Bitmaps is not { } bitmaps)
            return;
        bool changed = false;
        foreach (Qcow2Bitmap bitmap in Qcow2Bitmap.ReadAll(File, Header, bitmaps).ToArray())
            changed |= bitmap.MarkInUse(File, all);
        if (changed)
            _metadata.Barrier();
    }
}
