namespace OpenStackStorage.Disks;

/// <summary>Bitmaps that are changed in memory. A bit reaches the disk only after the sectors it stands for.</summary>
internal sealed class VhdEditBitmaps(BlockDevice device, VhdDynamicHeader header) : VhdBitmaps(device, header)
{
    /// <summary>Bitmaps that wait, of 512 bytes each as a rule.</summary>
    private const int MostChanged = 4096;

    private readonly BlockDevice _device = device;
    private readonly int _length = header.BitmapLength;
    private readonly int _bitsLength = (header.Sectors + 7) / 8;

    /// <summary>Changed bitmaps of blocks that the table on the disk names, and of those that it does not yet.</summary>
    private readonly Dictionary<int, Changed> _changed = [];
    private readonly Dictionary<int, Changed> _new = [];

    public bool HasChanges => _changed.Count + _new.Count > 0;

    /// <summary>It is time to write.</summary>
    public bool IsFull => _changed.Count + _new.Count >= MostChanged;

    /// <summary>Starts the bitmap of a new block.</summary>
    public void Add(int block, uint entry, bool stored)
    {
        byte[]? bits = stored ? null : new byte[_bitsLength];
        _new[block] = new Changed(entry, bits);
        Cache(block, bits);
    }

    /// <summary>Marks sectors as stored.</summary>
    public void Set(int block, uint entry, int sector, int count)
    {
        if (BitsOf(block, entry) is not { } bits)
            return;
        bits = (byte[])bits.Clone();
        for (int i = sector; i < sector + count; i++)
            bits[i / 8] |= (byte)(0x80 >> (i % 8));
        (_new.ContainsKey(block) ? _new : _changed)[block] = new Changed(entry, bits);
        Cache(block, bits);
    }

    /// <summary>Forgets a block that is no longer one.</summary>
    public void Remove(int block)
    {
        _new.Remove(block);
        _changed.Remove(block);
        Forget(block);
    }

    /// <summary>Writes the bitmaps of new blocks: nothing on the disk refers to them.</summary>
    public void WriteNew() => Write(_new);

    /// <summary>Writes the others. The sectors that they mark must be on the disk.</summary>
    public void WriteChanged() => Write(_changed);

    protected override byte[]? BitsOf(int block, uint tableEntry) =>
        _changed.TryGetValue(block, out Changed? changed) || _new.TryGetValue(block, out changed) ? changed.Bits : base.BitsOf(block, tableEntry);

    private void Write(Dictionary<int, Changed> bitmaps)
    {
        byte[] bytes = new byte[_length];
        foreach (Changed bitmap in bitmaps.Values)
        {
            if (bitmap.Bits is null)
                bytes.AsSpan().Fill(byte.MaxValue);
            else
                bitmap.Bits.CopyTo(bytes, 0);
            _device.Write(new HostOffset(bitmap.Entry * 512L), bytes);
            bytes.AsSpan().Clear();
        }

        bitmaps.Clear();
    }

    private sealed record Changed(uint Entry, byte[]? Bits);
}
