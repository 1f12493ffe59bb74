namespace OpenStackStorage.Disks;

/// <summary>
/// A VDI that is open for writing. The header counts a block before the map names it, and its data is there before both
/// matter. Closing moves the last blocks into the space of freed ones, as cBlocksAllocated leaves no room for gaps.
/// </summary>
internal sealed partial class VdiWritableImage : WritableImage
{
    private const int HeaderSector = 512;

    private readonly byte[] _headerBytes = new byte[HeaderSector];
    private readonly EditedTable _map;
    private readonly VdiSpace _space;

    /// <summary>What lies before was there when the file was opened, and may be anything; later growth is zero.</summary>
    private readonly long _unknownEnd;

    private readonly Guid _nextModificationId;

    private VdiHeader _header;
    private bool _isChanged;

    /// <summary>A block that was given out and is not linked yet.</summary>
    private uint? _reserved;

    public VdiWritableImage(BlockDevice file, VdiHeader header, DiskImage? backing, Func<Guid> newId)
        : base(file)
    {
        _header = header;
        _nextModificationId = newId();
        file.ReadPadded(default, _headerBytes);
        _map = new EditedTable(file, VdiBlockMap.ReadTrusted(file, header), header.MapOffset, isBigEndian: false);
        _space = new VdiSpace(header.BlocksAllocated, _map.Entries);
        _unknownEnd = file.Length;
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vdi;

    public override long VirtualSize => _header.VirtualSize;

    public override int ClusterSize => (int)_header.BlockSize;

    public override int ZeroAlignment => 512;

    public override DiskImage? Backing { get; }

    public override (Guid Now, Guid Next)? ContentIds => (_header.ModificationId, _nextModificationId);

    /// <summary>Byte behind the last block.</summary>
    private long End => HostOf(_space.Allocated).Value;

    public override Extent Map(GuestOffset start, GuestOffset end) =>
        VdiBlockMap.Map(this, _header, _map.Entries, _header.HasParent ? ExtentKind.Backing : ExtentKind.Unallocated, start, end.Value > VirtualSize ? new GuestOffset(VirtualSize) : end);

    public override WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        long block = start.Value / ClusterSize;
        uint entry = _map[(int)block];
        bool isNew = entry >= VdiBlockMap.Zero;
        if (isNew)
            _reserved = entry = Take();
        return new WritePlace(new GuestOffset(block * ClusterSize), ClusterSize, File, HostOf(entry), isNew, ReadsAsZeroes: isNew);
    }

    public override void Link(in WritePlace place)
    {
        _map[(int)(place.Start.Value / ClusterSize)] = _reserved!.Value;
        _reserved = null;
    }

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        bool done = true;
        for (GuestOffset end = start + length; start < end;)
        {
            BeginChange();
            int inBlock = (int)(start.Value % ClusterSize);
            int piece = (int)Math.Min(ClusterSize - inBlock, end - start);
            bool whole = inBlock == 0 && (piece == ClusterSize || start + piece == new GuestOffset(VirtualSize));
            done &= ZeroInBlock((int)(start.Value / ClusterSize), inBlock, piece, whole, free);
            start += piece;
        }

        return done;
    }

    public override void Flush()
    {
        if (_map.HasChanges)
            Lengthen();
        if (_space.Allocated != _header.BlocksAllocated)
            WriteHeader(_header with { BlocksAllocated = _space.Allocated });
        File.Flush();
        if (!_map.HasChanges)
            return;
        _map.Write();
        File.Flush();
        foreach (uint block in _space.Release())
            File.WriteZeroes(HostOf(block), ClusterSize); // on a file system with holes this frees the host's space
    }

    public override void Close()
    {
        TakeBackReserved();
        Flush();
        if (_isChanged)
            Compact();
    }

    /// <summary>False where zeroes must be written as data.</summary>
    private bool ZeroInBlock(int block, int start, int length, bool whole, bool free)
    {
        uint entry = _map[block];
        if (entry < VdiBlockMap.Zero)
        {
            if (!free)
                return false;
            if (!whole || _header.Type == VdiImageType.Static)
            {
                File.WriteZeroes(HostOf(entry) + start, length);
                return true;
            }

            _map[block] = _header.HasParent ? VdiBlockMap.Zero : VdiBlockMap.Free;
            _space.Free(entry);
            return true;
        }

        if (entry == VdiBlockMap.Zero || !_header.HasParent)
            return true;
        if (whole)
            _map[block] = VdiBlockMap.Zero;
        return whole;
    }

    /// <summary>Takes a block that reads as zeroes.</summary>
    private uint Take()
    {
        if (!_space.HasFree && _space.HasFreed && _space.Allocated >= _header.Blocks)
            Flush(); // the freed ones can be had then, and there never are more blocks than the disk has
        uint block = _space.Take();
        if (File.IsFixedSize && End > File.Length)
        {
            _space.GiveBack(block);
            throw new StorageException(ErrorIds.InsufficientSpace, $"'{File.Path}' is full: it has {File.Length} bytes, and {End} are needed.") { Target = File.Path };
        }

        if (File.IsFixedSize || HostOf(block).Value < _unknownEnd)
            File.WriteZeroes(HostOf(block), ClusterSize);
        return block;
    }

    /// <summary>Comes before every change. The first one gives the image another modification id, so that children of its old state know.</summary>
    private void BeginChange()
    {
        TakeBackReserved();
        if (_isChanged)
            return;
        WriteHeader(_header with { ModificationId = _nextModificationId });
        File.Flush();
        _isChanged = true;
    }

    /// <summary>What was given out and not linked, as its filling failed.</summary>
    private void TakeBackReserved()
    {
        if (_reserved is not { } block)
            return;
        _reserved = null;
        File.WriteZeroes(HostOf(block), ClusterSize);
        _space.GiveBack(block);
    }

    /// <summary>Makes the file hold all of its last block, of which perhaps only the start was written.</summary>
    private void Lengthen()
    {
        if (!File.IsFixedSize && File.Length < End)
            File.SetLength(End);
        if (_space.Allocated > _header.Blocks)
            File.Flush(); // so many blocks are believed only where the file has them
    }

    private void WriteHeader(VdiHeader header)
    {
        _header = header;
        header.Update(_headerBytes);
        File.Write(default, _headerBytes);
    }

    private HostOffset HostOf(uint block) => new(_header.DataOffset + (block * (long)_header.BlockSize));
}
