using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>
/// Gives out space of the file in MiBs and takes it back. What the disk may still refer to is only noted as free; it is
/// given out again when the disk no longer does.
/// </summary>
internal sealed class VhdxSpace(BlockDevice file)
{
    private const long Unit = VhdxHeader.Unit;

    private readonly List<(long First, long Count)> _freed = [];
    private ulong[] _used = new ulong[16];

    /// <summary>Blocks are looked for from there on: all before it are taken, or too short for the one that was wanted.</summary>
    private long _firstFree;
    private long _lastWanted;

    /// <summary>The first MiB that was never in use: the file reads as zeroes from there on.</summary>
    private long _untouched = UnitsOf(file.Length);

    /// <summary>Marks a range as used. False when a part of it was already.</summary>
    public bool TryMark(long offset, long length)
    {
        long first = offset / Unit;
        long count = UnitsOf(length);
        bool free = IsFree(first, count, out _);
        Set(first, count, used: true);
        return free;
    }

    /// <summary>Takes the first free range, at the file's end if there is none before; the file is made that long.</summary>
    /// <returns>Where it starts, and whether it reads as zeroes.</returns>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/> where the file can't grow.</exception>
    public (long Offset, bool ReadsAsZeroes) Take(long length)
    {
        long count = UnitsOf(length);
        long first = count < _lastWanted ? 0 : _firstFree;
        while (!IsFree(first, count, out long taken))
            first = taken + 1;
        long end = (first + count) * Unit;
        if (end > file.Length)
        {
            if (file.IsFixedSize)
                throw new StorageException(ErrorIds.InsufficientSpace, $"'{file.Path}' is full: none of its {file.Length} bytes are free for another block.") { Target = file.Path };
            file.SetLength(end);
        }

        Set(first, count, used: true);
        (_firstFree, _lastWanted) = (first + count, count);
        bool zeroes = !file.IsFixedSize && first >= _untouched;
        _untouched = Math.Max(_untouched, first + count);
        return (first * Unit, zeroes);
    }

    /// <summary>Gives space back to which the disk never referred.</summary>
    public void GiveBack(long offset, long length)
    {
        Set(offset / Unit, UnitsOf(length), used: false);
        _firstFree = Math.Min(_firstFree, offset / Unit);
    }

    /// <summary>Notes that the image in memory no longer refers to a range. The disk may still do.</summary>
    public void Free(long offset, long length) => _freed.Add((offset / Unit, UnitsOf(length)));

    /// <summary>Makes noted space free, and gives it back to the host. The disk must not refer to it any more.</summary>
    public void Settle()
    {
        foreach ((long first, long count) in _freed)
        {
            GiveBack(first * Unit, count * Unit);
            long end = Math.Min((first + count) * Unit, file.Length);
            if (end > first * Unit)
                file.Discard(new HostOffset(first * Unit), end - (first * Unit));
        }

        _freed.Clear();
    }

    private static long UnitsOf(long length) => (length + Unit - 1) / Unit;

    /// <param name="taken">The last used unit in the range.</param>
    private bool IsFree(long first, long count, out long taken)
    {
        for (long unit = Math.Min(first + count, _used.Length * 64L) - 1; unit >= first; unit--)
        {
            // Whole words that are free are passed at once.
            ulong below = _used[unit >> 6] & (ulong.MaxValue >> (63 - (int)(unit & 63)));
            taken = below == 0 ? -1 : (unit & ~63L) + 63 - BitOperations.LeadingZeroCount(below);
            if (taken >= first)
                return false;
            unit &= ~63L;
        }

        taken = -1;
        return true;
    }

    private void Set(long first, long count, bool used)
    {
        if (first + count > _used.Length * 64L)
            Array.Resize(ref _used, (int)Math.Max(_used.Length * 2L, ((first + count) >> 6) + 1));
        for (long unit = first; unit < first + count; unit++)
        {
            ulong bit = 1UL << (int)(unit & 63);
            _used[unit >> 6] = used ? _used[unit >> 6] | bit : _used[unit >> 6] & ~bit;
        }
    }
}
