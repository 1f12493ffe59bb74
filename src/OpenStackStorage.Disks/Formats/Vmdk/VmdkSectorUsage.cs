namespace OpenStackStorage.Disks;

/// <summary>Which sectors of an extent's file are used: one bit each, for one window of the file at a time, so that memory stays bounded.</summary>
internal sealed class VmdkSectorUsage
{
    /// <summary>Sectors: 64 GiB of the file, 16 MiB of bits.</summary>
    public const int DefaultWindow = 1 << 27;

    private readonly ulong[] _bits;
    private readonly long _sectors;
    private readonly int _window;

    /// <param name="sectors">Sectors of the file; what lies past the reach of 32-bit entries is not looked at.</param>
    public VmdkSectorUsage(long sectors, int window = DefaultWindow)
    {
        _sectors = Math.Min(sectors, VmdkLayout.MaximumSparseSectors);
        _window = window;
        _bits = new ulong[(Math.Min(_sectors, window) + 63) / 64];
    }

    public int Windows => (int)Math.Max(1, (_sectors + _window - 1) / _window);

    /// <summary>The first sector of the window.</summary>
    public long Start { get; private set; }

    private long End => Math.Min(Start + _window, _sectors);

    public void MoveTo(int window)
    {
        Start = (long)window * _window;
        Array.Clear(_bits);
    }

    /// <summary>Marks what of the range lies in the window.</summary>
    /// <returns>False when a sector of it was marked already.</returns>
    public bool Add(long sector, long count)
    {
        long from = Math.Max(sector, Start) - Start;
        long to = Math.Min(sector + count, End) - Start;
        bool isNew = true;
        while (from < to)
        {
            int bit = (int)(from & 63);
            int length = (int)Math.Min(64 - bit, to - from);
            ulong mask = (length == 64 ? ulong.MaxValue : (1UL << length) - 1) << bit;
            ref ulong word = ref _bits[from >> 6];
            isNew &= (word & mask) == 0;
            word |= mask;
            from += length;
        }

        return isNew;
    }

    /// <summary>The runs of unmarked sectors in the window that are not shorter than asked for.</summary>
    public IEnumerable<(long Sector, long Count)> Unused(long from, long shortest)
    {
        long start = -1;
        for (long sector = Math.Max(from, Start); sector <= End; sector++)
        {
            bool used = sector == End || (_bits[(sector - Start) >> 6] >> (int)((sector - Start) & 63) & 1) != 0;
            if (used && start >= 0 && sector - start >= shortest)
                yield return (start, sector - start);
            start = used ? -1 : start < 0 ? sector : start;
        }
    }
}
