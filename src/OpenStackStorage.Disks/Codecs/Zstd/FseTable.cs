using System.Numerics;
using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>A row of an FSE decoding table: what its symbol stands for, and the way to the next row.</summary>
internal struct FseRow
{
    /// <summary>The symbol's value; <see cref="ExtraBits"/> bits of the stream are added to it.</summary>
    public uint Value;
    public ushort NextRow;
    public byte NextBits;
    public byte ExtraBits;
}

/// <summary>A finite state entropy decoding table, and the reader of its description. Source: RFC 8878, 4.1.</summary>
internal sealed unsafe class FseTable
{
    /// <summary>The most symbols that a table of zstd has: match length codes 0 to 52.</summary>
    public const int MaximumSymbols = 53;

    private readonly FseRow[] _rows;

    public FseTable(int maximumAccuracyLog)
    {
        MaximumAccuracyLog = maximumAccuracyLog;
        _rows = GC.AllocateArray<FseRow>(1 << maximumAccuracyLog, pinned: true);
        Rows = (FseRow*)Unsafe.AsPointer(ref _rows[0]);
    }

    /// <summary>2^<see cref="AccuracyLog"/> rows that never move while the table lives. No row names one outside of them.</summary>
    public FseRow* Rows { get; }

    public int AccuracyLog { get; private set; }

    private int MaximumAccuracyLog { get; }

    /// <summary>Fills the table from its description at the start of <paramref name="source"/>.</summary>
    /// <returns>Bytes of the description; 0 when it is damaged.</returns>
    public int TryRead(ReadOnlySpan<byte> source, FseAlphabet alphabet)
    {
        Span<short> probabilities = stackalloc short[MaximumSymbols];
        int accuracyLog = (source.IsEmpty ? 16 : source[0] & 15) + 5;
        if (accuracyLog > MaximumAccuracyLog)
            return 0;
        int position = 4;
        int symbol = 0;
        int points = 1 << accuracyLog; // not given to a symbol yet
        while (points > 0)
        {
            if (symbol >= alphabet.Count)
                return 0;

            // Values from 0 to points + 1 take one bit less when they are small ("small values use 1 less bit").
            int largest = points + 1;
            int bits = BitOperations.Log2((uint)largest);
            int small = (2 << bits) - 1 - largest;
            int value = Bits(source, position, bits + 1);
            int low = value & ((1 << bits) - 1);
            if (low < small)
            {
                value = low;
                position += bits;
            }
            else
            {
                value -= value >= 1 << bits ? small : 0;
                position += bits + 1;
            }

            probabilities[symbol++] = (short)(value - 1);
            points -= value == 0 ? 1 : value - 1;
            if (value != 1)
                continue;
            int zeroes;
            do
            {
                zeroes = Bits(source, position, 2);
                position += 2;
                if (symbol + zeroes > alphabet.Count)
                    return 0;
                probabilities.Slice(symbol, zeroes).Clear();
                symbol += zeroes;
            }
            while (zeroes == 3);
        }

        int length = (position + 7) >> 3;
        if (length > source.Length)
            return 0;
        Build(probabilities[..symbol], accuracyLog, alphabet);
        return length;
    }

    /// <summary>Fills the table from probabilities, which must add up to 2^<paramref name="accuracyLog"/> where -1 counts as 1.</summary>
    public void Build(ReadOnlySpan<short> probabilities, int accuracyLog, FseAlphabet alphabet)
    {
        AccuracyLog = accuracyLog;
        int size = 1 << accuracyLog;
        Span<byte> symbols = stackalloc byte[size];
        Span<ushort> next = stackalloc ushort[probabilities.Length];
        int high = size;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            if (probabilities[symbol] == -1)
                symbols[--high] = (byte)symbol;
            next[symbol] = (ushort)Math.Abs(probabilities[symbol]);
        }

        int step = (size >> 1) + (size >> 3) + 3;
        int position = 0;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            for (int i = 0; i < probabilities[symbol]; i++)
            {
                symbols[position] = (byte)symbol;
                do
                    position = (position + step) & (size - 1);
                while (position >= high);
            }
        }

        for (int row = 0; row < size; row++)
        {
            int symbol = symbols[row];
            int count = next[symbol]++;
            int bits = accuracyLog - BitOperations.Log2((uint)count);
            _rows[row] = new FseRow
            {
                Value = alphabet.Values[symbol],
                ExtraBits = alphabet.ExtraBits[symbol],
                NextBits = (byte)bits,
                NextRow = (ushort)((count << bits) - size),
            };
        }
    }

    /// <summary>A table whose only symbol takes no bits.</summary>
    public void BuildRun(int symbol, FseAlphabet alphabet)
    {
        AccuracyLog = 0;
        _rows[0] = new FseRow { Value = alphabet.Values[symbol], ExtraBits = alphabet.ExtraBits[symbol] };
    }

    /// <summary>Bits of a stream that is read forwards; zeroes after its end.</summary>
    private static int Bits(ReadOnlySpan<byte> source, int position, int count)
    {
        int first = position >> 3;
        uint bits = 0;
        for (int i = 0; i < 3 && first + i < source.Length; i++)
            bits |= (uint)source[first + i] << (8 * i);
        return (int)(bits >> (position & 7)) & ((1 << count) - 1);
    }
}
