using System.Numerics;
using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// One Huffman stream that is being decoded, from its end to its start. The next bits stand at the top of a word; a set bit
/// follows the word's last bit, so that the zeroes below it count what was consumed.
/// </summary>
internal unsafe struct HuffmanStream
{
    /// <summary>5 codes of 11 bits after the 8 that the end mark may take: no more than 63, so the mark stays in the word.</summary>
    public const int LookupsPerRefill = 5;

    private const int TableShift = 64 - HuffmanTable.MaximumBits;
    private const int MostBytesPerRefill = 7;

    private ulong _bits;
    private byte* _position; // of the 8 bytes in _bits
    private byte* _target;
    private readonly byte* _floor; // 8 bytes before the stream
    private readonly byte* _end; // of the target

    private HuffmanStream(byte* source, int length, byte* target, int count)
    {
        _floor = source - 8;
        _position = _floor + length;
        _target = target;
        _end = target + count;
        _bits = Load(_position, BitOperations.LeadingZeroCount((uint)source[length - 1]) - 23);
    }

    /// <summary>False when the stream is empty or has no end mark.</summary>
    public static bool TryStart(byte* source, int length, byte* target, int count, out HuffmanStream stream)
    {
        bool marked = length > 0 && source[length - 1] != 0;
        stream = marked ? new HuffmanStream(source, length, target, count) : default;
        return marked;
    }

    /// <summary>How many rounds, each of <see cref="LookupsPerRefill"/> and a refill, are sure to stay in the source and in the target.</summary>
    public readonly long Rounds(int symbolsPerRound) => Math.Min((_position - _floor) / MostBytesPerRefill, (_end - _target) / symbolsPerRound);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LookUp(ushort* table)
    {
        uint entry = table[_bits >> TableShift];
        _bits <<= (int)entry; // of which a shift takes the low 6 bits
        *_target++ = (byte)(entry >> 8);
    }

    /// <summary>Writes 2 bytes, of which the second may not count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LookUpPair(uint* table)
    {
        uint entry = table[_bits >> TableShift];
        Unsafe.WriteUnaligned(_target, (ushort)entry);
        _bits <<= (int)(entry >> 16);
        _target += entry >> 24;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Refill()
    {
        int consumed = BitOperations.TrailingZeroCount(_bits);
        _position -= consumed >> 3;
        _bits = Load(_position, consumed & 7);
    }

    /// <summary>Decodes what is left, symbol by symbol. True when the stream ends with the last of them.</summary>
    public bool TryFinish(ushort* table)
    {
        while (_target < _end)
        {
            if (_position - (BitOperations.TrailingZeroCount(_bits) >> 3) < _floor)
                return false;
            Refill();
            for (int i = 0; i < LookupsPerRefill && _target < _end; i++)
                LookUp(table);
        }

        return ((_position - _floor) * 8) == BitOperations.TrailingZeroCount(_bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte* position, int consumed) => (Unsafe.ReadUnaligned<ulong>(position) | 1) << consumed;
}
