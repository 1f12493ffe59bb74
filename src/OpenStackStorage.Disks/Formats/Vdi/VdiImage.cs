namespace OpenStackStorage.Disks;

/// <summary>An open VDI: maps guest ranges through the block map. Source: VirtualBox, VDICore.h.</summary>
public sealed class VdiImage : DiskImage
{
    private readonly VdiHeader _header;
    private readonly uint[] _map;

    internal VdiImage(BlockDevice file, VdiHeader header, DiskImage? backing)
        : base(file)
    {
        _header = header;
        _map = VdiBlockMap.ReadTrusted(file, header);
        Backing = backing;
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
            VdiBlockMap.Zero => new Extent(start, length, ExtentKind.Zero, Layer: this),
            _ => new Extent(start, length, ExtentKind.Data, File, new HostOffset(_header.DataOffset + (entry * blockSize) + (start.Value % blockSize)), Layer: this),
        };
    }

    /// <summary>The block behind a run of equal kind; stored blocks must lie one behind the other.</summary>
    private int RunEnd(int block, int end)
    {
        uint first = _map[block];
        ReadOnlySpan<uint> run = _map.AsSpan(block, end - block);
        if (first >= VdiBlockMap.Zero)
        {
            int other = run.IndexOfAnyExcept(first);
            return other < 0 ? end : block + other;
        }

        int count = 1;
        while (count < run.Length && run[count] == first + (uint)count && run[count] < VdiBlockMap.Zero)
            count++;
        return block + count;
    }
}
