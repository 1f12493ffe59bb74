using System.Security.Cryptography;

namespace OpenStackStorage.Disks;

/// <summary>
/// A VMDK disk that is open for writing, of flat and hosted sparse extents. Before the content first changes it gets another
/// CID, by which its children notice ("Virtual Disk Format 5.0", "The Header").
/// </summary>
public sealed class VmdkWritableImage : WritableImage
{
    private readonly VmdkExtent[] _extents;
    private readonly IVmdkWritableExtent[] _writable;
    private readonly VmdkDescriptorEditor _descriptor;
    private readonly bool _hasParent;
    private readonly bool _isAligned;
    private bool _isPrepared;
    private uint _nextContentId;

    /// <param name="hasParent">True where absent grains are a parent's, whether it is open or not.</param>
    internal VmdkWritableImage(BlockDevice file, VmdkExtent[] extents, DiskImage? backing, bool hasParent)
        : base(file)
    {
        _extents = extents;
        _writable = [.. extents.Cast<IVmdkWritableExtent>()];
        _descriptor = new VmdkDescriptorEditor(file, extents[0].Device == file ? (VmdkWritableSparseExtent)extents[0] : null);
        _hasParent = hasParent;
        Backing = backing;
        _nextContentId = OtherThan(ContentId);
        IEnumerable<VmdkGrainExtent> grains = extents.OfType<VmdkGrainExtent>();
        IsFlat = !grains.Any();
        ClusterSize = grains.Select(extent => extent.GrainSize).DefaultIfEmpty(VmdkImage.FlatClusterSize).Max();
        _isAligned = grains.All(extent => extent.GrainSize == ClusterSize && extent.Start.Value % ClusterSize == 0);
    }

    public override DiskImageFormat Format => DiskImageFormat.Vmdk;

    public override long VirtualSize => _extents[^1].End.Value;

    public override int ClusterSize { get; }

    public override int ZeroAlignment => IsFlat ? 1 : ClusterSize;

    public override DiskImage? Backing { get; }

    /// <summary>What a child of this disk records as its parentCID.</summary>
    public uint ContentId => _descriptor.Descriptor.ContentId;

    public override (Guid Now, Guid Next)? ContentIds => (ToGuid(ContentId), ToGuid(_nextContentId));

    public override IEnumerable<BlockDevice> Files => _extents.Select(extent => extent.Device!).Append(File).Distinct();

    private bool IsFlat { get; }

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        Extent extent = _extents[IndexOf(start)].Map(start, end);
        ExtentKind kind = extent.Kind == ExtentKind.Backing && !_hasParent ? ExtentKind.Unallocated : extent.Kind;
        return extent with { Kind = kind, Layer = this };
    }

    public override WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        return _writable[IndexOf(start)].Place(start, end);
    }

    public override void Link(in WritePlace place) => _writable[IndexOf(place.Start)].Link(place);

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        if (!_isAligned)
            return false;
        BeginChange();
        GuestOffset end = start + length;
        bool hides = _hasParent || RecordsAllZeroes;
        for (GuestOffset at = start; at < end;)
        {
            int index = IndexOf(at);
            GuestOffset stop = _extents[index].End < end ? _extents[index].End : end;
            if (!_writable[index].Zero(at, stop - at, free, hides))
                return false;
            at = stop;
        }

        return true;
    }

    public override void Flush()
    {
        foreach (IVmdkWritableExtent extent in _writable)
            extent.Flush();
    }

    public override void Close()
    {
        foreach (IVmdkWritableExtent extent in _writable)
            extent.Close();
        if (_isPrepared)
            _nextContentId = OtherThan(ContentId);
        _isPrepared = false;
    }

    /// <inheritdoc/>
    public override void Resize(long size)
    {
        if (size is <= 0 or > long.MaxValue - VmdkSparseHeader.SectorSize)
            throw Unfit($"{size} bytes are out of range: a VMDK disk has at least one sector");
        size = (size + VmdkSparseHeader.SectorSize - 1) / VmdkSparseHeader.SectorSize * VmdkSparseHeader.SectorSize;
        RequireResizable(size);
        long old = VirtualSize;
        if (size != old)
        {
            BeginChange();
            _writable[0].BeginResize(size);
            try
            {
                ZeroGrown(old, size);
                _writable[0].CommitSize();
            }
            catch
            {
                _writable[0].CancelResize();
                throw;
            }

            _descriptor.SetSize(size);
            _writable[0].EndResize();
        }

        Flush();
    }

    /// <inheritdoc/>
    /// <remarks>The parent is a VMDK disk, and must be open, as its CID is recorded.</remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        if (name is { Length: 0 } || name is null != backing is null)
            throw Unfit("a parent goes with its name, and must be open, as its CID is recorded");
        if (name is not null && (IsFlat || !_extents.All(extent => extent is VmdkGrainExtent)))
            throw Unfit("only disks of sparse extents can have a parent");
        if (backing is not (null or VmdkImage))
            throw Unfit("the parent of a VMDK disk is a VMDK disk too");
        Flush();
        _descriptor.SetParent(name, backing is VmdkImage parent ? parent.ContentId : VmdkDescriptor.NoParent);
    }

    /// <inheritdoc/>
    /// <remarks>There is room for one: while the parent is being changed, the old one stays.</remarks>
    public override void SetBackingId(Guid id, Guid? other)
    {
        if (other is null && _descriptor.Descriptor.ParentName is { } name)
            _descriptor.SetParent(name, BitConverter.ToUInt32(id.ToByteArray()));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (VmdkExtent extent in _extents)
                extent.Dispose();
        }

        base.Dispose(disposing);
    }

    private int IndexOf(GuestOffset start) => VmdkExtent.IndexOf(_extents, start);

    /// <summary>Comes before every change of the content.</summary>
    private void BeginChange()
    {
        if (_isPrepared)
            return;
        _isPrepared = true;
        _descriptor.SetContentId(_nextContentId);
    }

    private static Guid ToGuid(uint id) => new(id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static uint OtherThan(uint old)
    {
        uint id;
        do
        {
            id = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        }
        while (id == old || id >= VmdkDescriptor.NoParent - 1);
        return id;
    }

    private void RequireResizable(long size)
    {
        if (_descriptor.Descriptor.CreateType is var type && !type.StartsWith("monolithic", StringComparison.OrdinalIgnoreCase))
            throw Unfit($"a {type} disk keeps its size, as its extents have theirs; convert it to monolithicSparse or monolithicFlat");
        if (_extents.Length != 1)
            throw Unfit($"it has {_extents.Length} extents, and only a disk of one has a size that can change");
        if (_extents[0] is VmdkHostedExtent sparse && (size > VmdkLayout.MaximumSparseSectors * VmdkSparseHeader.SectorSize || (size - 1) / sparse.Header.Coverage >= VmdkSparseHeader.MaximumDirectory / sizeof(uint)))
            throw Unfit($"a monolithicSparse disk has at most {ByteSize.Format(VmdkLayout.MaximumSparseSectors * VmdkSparseHeader.SectorSize)}");
    }

    /// <summary>
    /// Clears what the new space would show: the rest of the last grain, what an interrupted shrink left, what a longer parent
    /// has there.
    /// </summary>
    private void ZeroGrown(long old, long size)
    {
        if (_extents[0] is not VmdkWritableSparseExtent sparse || size <= old)
            return;
        long tableEnd = (old + sparse.Header.Coverage - 1) / sparse.Header.Coverage * sparse.Header.Coverage;
        long end = Math.Min(size, Math.Max(tableEnd, Backing?.VirtualSize ?? (_hasParent ? size : 0)));
        new ImageEditor(this).Zero(new GuestOffset(old), end - old, free: true);
    }

    private StorageException Unfit(string reason) => new(ErrorIds.ParameterInvalid, $"'{File.Path}' can't be changed so: {reason}.") { Target = File.Path };
}
