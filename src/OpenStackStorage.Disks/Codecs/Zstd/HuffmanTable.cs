using System.Numerics;
using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>The Huffman code of a block's literals, and the reader of its description. Source: RFC 8878, 4.2.1.</summary>
internal sealed unsafe class HuffmanTable
{
    /// <summary>The longest code.</summary>
    public const int MaximumBits = 11;

    private const int Size = 1 << MaximumBits;
    private const int MaximumWeights = 255; // the last symbol's weight is not described

    private readonly FseTable _weightTable = new(maximumAccuracyLog: 6);
    private readonly ushort[] _singles;
    private readonly uint[] _pairs;

    public HuffmanTable()
    {
        _singles = GC.AllocateArray<ushort>(Size, pinned: true);
        _pairs = GC.AllocateArray<uint>(Size, pinned: true);
        Singles = (ushort*)Unsafe.AsPointer(ref _singles[0]);
        Pairs = (uint*)Unsafe.AsPointer(ref _pairs[0]);
    }

    /// <summary>For each value of the next 11 bits: the code's bits (1 to 11) in the low byte, its symbol in the high one.</summary>
    public ushort* Singles { get; }

    /// <summary>
    /// For each value of the next 11 bits the one or two codes that lie in them whole: the first symbol, the second, the
    /// bits of both, and how many they are, from the low byte on. Made by <see cref="BuildPairs"/>.
    /// </summary>
    public uint* Pairs { get; }

    private bool HasPairs { get; set; }

    /// <summary>Fills the table from its description at the start of <paramref name="source"/>.</summary>
    /// <returns>Bytes of the description; 0 when it is damaged.</returns>
    public int TryRead(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return 0;
        Span<byte> weights = stackalloc byte[MaximumWeights + 1];
        bool direct = source[0] >= 128;
        int count = direct ? source[0] - 127 : 0;
        int length = direct ? (count + 1) / 2 : source[0];
        if (length >= source.Length)
            return 0;
        source = source.Slice(1, length);
        if (!direct)
            count = TryReadWeights(source, weights);
        for (int i = 0; direct && i < count; i++)
            weights[i] = (byte)(i % 2 == 0 ? source[i / 2] >> 4 : source[i / 2] & 15);
        return count > 0 && TryBuild(weights, count) ? 1 + length : 0;
    }

    /// <summary>Makes <see cref="Pairs"/>, unless the table has them already.</summary>
    public void BuildPairs()
    {
        if (HasPairs)
            return;
        HasPairs = true;
        for (int bits = 0; bits < Size; bits++)
        {
            int first = _singles[bits];
            int firstBits = first & 0xFF;
            int second = _singles[(bits << firstBits) & (Size - 1)];
            int bothBits = firstBits + (second & 0xFF);
            _pairs[bits] = bothBits <= MaximumBits
                ? (uint)((first >> 8) | (second & 0xFF00) | (bothBits << 16) | (2 << 24))
                : (uint)((first >> 8) | (firstBits << 16) | (1 << 24));
        }
    }

    /// <summary>Weights that two FSE states of one table take turns with (RFC 8878, 4.2.1.2); their number, 0 when damaged.</summary>
    private int TryReadWeights(ReadOnlySpan<byte> source, Span<byte> weights)
    {
        int header = _weightTable.TryRead(source, FseAlphabet.Weights);
        if (header == 0)
            return 0;
        fixed (byte* start = source)
        {
            if (!BackwardBitReader.TryStart(start + header, source.Length - header, out BackwardBitReader reader))
                return 0;
            FseRow row = _weightTable.Rows[reader.Read(_weightTable.AccuracyLog)];
            FseRow other = _weightTable.Rows[reader.Read(_weightTable.AccuracyLog)];
            if (reader.Remaining < 0)
                return 0;
            for (int count = 0; count + 2 <= MaximumWeights;)
            {
                weights[count++] = (byte)row.Value;
                if (reader.Remaining < row.NextBits)
                {
                    weights[count++] = (byte)other.Value;
                    return count;
                }

                reader.Refill();
                FseRow next = _weightTable.Rows[row.NextRow + reader.Read(row.NextBits)];
                row = other;
                other = next;
            }
        }

        return 0;
    }

    private bool TryBuild(Span<byte> weights, int count)
    {
        Span<int> ranks = stackalloc int[16]; // first how many symbols have a weight, then where its codes go on
        int sum = 0;
        foreach (byte weight in weights[..count])
        {
            ranks[weight]++;
            sum += (1 << weight) >> 1;
        }

        int maximumBits = BitOperations.Log2((uint)sum | 1) + 1;
        int rest = (1 << maximumBits) - sum;
        if (sum == 0 || maximumBits > MaximumBits || !BitOperations.IsPow2(rest))
            return false;
        weights[count] = (byte)(BitOperations.Log2((uint)rest) + 1);
        ranks[weights[count++]]++;
        if (ranks[1] == 0)
            return false;

        // The longest codes come first, and equal ones in the order of their symbols. Each fills all values that begin with it.
        int unit = MaximumBits - maximumBits;
        int position = 0;
        for (int weight = 1; weight <= MaximumBits; weight++)
        {
            int symbols = ranks[weight];
            ranks[weight] = position;
            position += symbols << (weight - 1 + unit);
        }

        for (int symbol = 0; symbol < count; symbol++)
        {
            int weight = weights[symbol];
            if (weight == 0)
                continue;
            int length = 1 << (weight - 1 + unit);
            _singles.AsSpan(ranks[weight], length).Fill((ushort)((symbol << 8) | (maximumBits + 1 - weight)));
            ranks[weight] += length;
        }

        HasPairs = false;
        return true;
    }
}
