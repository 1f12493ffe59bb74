namespace OpenStackStorage.Disks;

/// <summary>
/// The sector bitmaps that were read last. A set bit, the first sector's being the highest of the first byte, says that the
/// sector is stored in this file. A bitmap once handed out never changes, so that readers need no lock.
/// </summary>
internal class VhdBitmaps(BlockDevice device, VhdDynamicHeader header)
{
    private const int Slots = 64;

    private readonly Bitmap?[] _slots = new Bitmap?[Slots];

    /// <summary>The run of sectors from one on that all have the same bit.</summary>
    /// <param name="block">Number of the block.</param>
    /// <param name="tableEntry">Sector of the file at which the bitmap starts.</param>
    /// <param name="sector">Sector of the block at which the run starts.</param>
    public (bool Stored, int Sectors) RunAt(int block, uint tableEntry, int sector)
    {
        byte[]? bits = BitsOf(block, tableEntry);
        return bits is null ? (true, header.Sectors - sector) : RunAt(bits, sector, header.Sectors);
    }

    /// <summary>The run of equal bits from <paramref name="sector"/> to at most <paramref name="sectors"/>.</summary>
    public static (bool Stored, int Sectors) RunAt(ReadOnlySpan<byte> bits, int sector, int sectors)
    {
        bool stored = Bit(bits, sector);
        byte same = stored ? byte.MaxValue : (byte)0;
        int end = sector + 1;
        while (end < sectors && Bit(bits, end) == stored)
        {
            end++;
            if (end % 8 != 0)
                continue;
            int other = bits[(end / 8)..].IndexOfAnyExcept(same);
            end = other < 0 ? sectors : end + (other * 8);
        }

        return (stored, Math.Min(end, sectors) - sector);
    }

    /// <summary>The bits of a block; null where all of its sectors are stored, as in most blocks of a dynamic disk.</summary>
    protected virtual byte[]? BitsOf(int block, uint tableEntry)
    {
        ref Bitmap? slot = ref _slots[block % Slots];
        Bitmap? bitmap = Volatile.Read(ref slot);
        if (bitmap is null || bitmap.Block != block)
        {
            bitmap = new Bitmap(block, Read(tableEntry));
            Volatile.Write(ref slot, bitmap);
        }

        return bitmap.Bits;
    }

    /// <summary>Holds other bits of a block, or all of them set.</summary>
    protected void Cache(int block, byte[]? bits) => Volatile.Write(ref _slots[block % Slots], new Bitmap(block, bits));

    /// <summary>Drops what is held of a block.</summary>
    protected void Forget(int block)
    {
        ref Bitmap? slot = ref _slots[block % Slots];
        if (slot?.Block == block)
            slot = null;
    }

    /// <summary>Reads the bits of a block; null where all are set.</summary>
    private byte[]? Read(uint tableEntry)
    {
        byte[] bits = new byte[(header.Sectors + 7) / 8];
        device.Read(new HostOffset(tableEntry * 512L), bits);
        int rest = header.Sectors % 8;
        if (rest != 0)
            bits[^1] |= (byte)(byte.MaxValue >> rest); // behind the last sector there is nothing that could be missing
        return bits.AsSpan().ContainsAnyExcept(byte.MaxValue) ? bits : null;
    }

    private static bool Bit(ReadOnlySpan<byte> bits, int sector) => (bits[sector / 8] >> (7 - (sector % 8)) & 1) != 0;

    private sealed record Bitmap(int Block, byte[]? Bits);
}
