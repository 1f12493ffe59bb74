namespace OpenStackStorage.Disks;

/// <summary>An open VDI: maps guest ranges through the block map. Source: VirtualBox, VDICore.h.</summary>
public sealed class VdiImage : DiskImage
{
    private readonly VdiHeader _header;
    private readonly uint[] _map;

    /// <summary>A static image has a place for every block; where the file has a hole there, nothing is stored.</summary>
    private readonly StoredRanges? _ranges;

    /// <param name="salvage">Open with a damaged map too: then its bad entries fail where they are mapped.</param>
    internal VdiImage(BlockDevice file, VdiHeader header, DiskImage? backing, bool salvage = false)
        : base(file)
    {
        _header = header;
        _map = salvage ? VdiBlockMap.ReadDamaged(file, header) : VdiBlockMap.ReadTrusted(file, header);
        Backing = backing;
        _ranges = header.Type == VdiImageType.Static ? new StoredRanges(file, file.Length) : null;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vdi;

    public override long VirtualSize => _header.VirtualSize;

    public override int ClusterSize => (int)_header.BlockSize;

    public override DiskImage? Backing { get; }

    internal VdiHeader Header => _header;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        long blockSize = _header.BlockSize;
        int block = (int)(start.Value / blockSize);
        int next = RunEnd(block, (int)((end.Value + blockSize - 1) / blockSize));
        long length = Math.Min(end.Value, next * blockSize) - start.Value;
        uint entry = _map[block];
        return entry switch
        {
            VdiBlockMap.Free => new Extent(start, length, Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing, Layer: this),
            VdiBlockMap.Bad => throw new ImageFormatException(File, _header.MapOffset + (block * 4L), $"block map entry {block}", "a block outside the file, or another entry's", "a block of its own inside the file"),
            VdiBlockMap.Zero => new Extent(start, length, ExtentKind.Zero, Layer: this),
            _ => MapStored(start, length, _header.DataOffset + (entry * blockSize) + (start.Value % blockSize)),
        };
    }

    private Extent MapStored(GuestOffset start, long length, long host)
    {
        if (_ranges is null)
            return new Extent(start, length, ExtentKind.Data, File, new HostOffset(host), Layer: this);
        (long stored, bool isData) = _ranges.From(host);
        length = Math.Min(length, stored);
        return isData
            ? new Extent(start, length, ExtentKind.Data, File, new HostOffset(host), Layer: this)
            : new Extent(start, length, ExtentKind.Zero, Layer: this);
    }

    /// <summary>The block behind a run of equal kind; stored blocks must lie one behind the other.</summary>
    private int RunEnd(int block, int end)
    {
        uint first = _map[block];
        ReadOnlySpan<uint> run = _map.AsSpan(block, end - block);
        if (first >= VdiBlockMap.Bad)
        {
            int other = run.IndexOfAnyExcept(first);
            return other < 0 ? end : block + other;
        }

        int count = 1;
        while (count < run.Length && run[count] == first + (uint)count && run[count] < VdiBlockMap.Bad)
            count++;
        return block + count;
    }
}
