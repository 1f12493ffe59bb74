using System.Numerics;
using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// Reads a bit stream from its end to its start, as zstd's entropy coders write them (RFC 8878, 4.1 and 4.2.2). The highest
/// bit that is set in the last byte marks the end. The 8 bytes before the stream must be readable; in a zstd frame they
/// always are, because magic, frame header and block header take 9 bytes at least. Bits before the start can be looked at,
/// and <see cref="Remaining"/> tells when they were.
/// </summary>
internal unsafe struct BackwardBitReader
{
    private readonly byte* _floor; // 8 bytes before the stream
    private byte* _position; // of the 8 bytes in _bits
    private ulong _bits;
    private int _consumed; // of _bits, from the top

    private BackwardBitReader(byte* start, byte* position, int consumed)
    {
        _floor = start - 8;
        _position = position;
        _bits = Unsafe.ReadUnaligned<ulong>(position);
        _consumed = consumed;
    }

    /// <summary>Bits of the stream that were not read; negative when more was read than there is.</summary>
    public readonly long Remaining => ((_position - _floor) * 8) - _consumed;

    /// <summary>False when the stream is empty or has no end mark.</summary>
    public static bool TryStart(byte* start, int length, out BackwardBitReader reader)
    {
        if (length < 1 || start[length - 1] == 0)
        {
            reader = default;
            return false;
        }

        reader = new BackwardBitReader(start, start + length - 8, BitOperations.LeadingZeroCount((uint)start[length - 1]) - 23);
        return true;
    }

    /// <summary>Makes 57 bits ready. At most 64 bits may have been read since the last time.</summary>
    /// <returns>False when more bits were read than there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Refill()
    {
        byte* position = _position - (_consumed >> 3);
        if (position < _floor)
            return false;
        _position = position;
        _bits = Unsafe.ReadUnaligned<ulong>(position);
        _consumed &= 7;
        return true;
    }

    /// <summary>The next <paramref name="count"/> bits, 0 to 32 of those that a refill made ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read(int count)
    {
        ulong value = (_bits << _consumed) >> 1 >> (63 - count);
        _consumed += count;
        return (uint)value;
    }
}
