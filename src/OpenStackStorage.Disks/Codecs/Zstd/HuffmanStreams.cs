using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// Decodes the Huffman streams of a block's literals, one or four at once. Source: RFC 8878, 3.1.1.3.1.6 and 4.2.2.
/// As for <see cref="BackwardBitReader"/>, 8 bytes before each stream must be readable.
/// </summary>
internal static unsafe class HuffmanStreams
{
    /// <summary>From here on a table of pairs is worth its making.</summary>
    private const int WorthPairs = 8192;

    private const int Lookups = HuffmanStream.LookupsPerRefill;

    /// <summary>One stream of exactly <paramref name="count"/> symbols.</summary>
    public static bool TryDecode(HuffmanTable table, byte* source, int length, byte* target, int count) =>
        HuffmanStream.TryStart(source, length, target, count, out HuffmanStream stream) && stream.TryFinish(table.Singles);

    /// <summary>Four streams after a table of the first three's lengths; each but the last gives a quarter of the symbols, rounded up.</summary>
    public static bool TryDecodeFour(HuffmanTable table, byte* source, int length, byte* target, int count)
    {
        if (length < 10 || count < 6)
            return false;
        int length0 = Unsafe.ReadUnaligned<ushort>(source);
        int length1 = Unsafe.ReadUnaligned<ushort>(source + 2);
        int length2 = Unsafe.ReadUnaligned<ushort>(source + 4);
        int length3 = length - 6 - length0 - length1 - length2;
        int quarter = (count + 3) / 4;
        source += 6;
        if (length3 < 1
            || !HuffmanStream.TryStart(source, length0, target, quarter, out HuffmanStream stream0)
            || !HuffmanStream.TryStart(source += length0, length1, target += quarter, quarter, out HuffmanStream stream1)
            || !HuffmanStream.TryStart(source += length1, length2, target += quarter, quarter, out HuffmanStream stream2)
            || !HuffmanStream.TryStart(source += length2, length3, target += quarter, count - (3 * quarter), out HuffmanStream stream3))
        {
            return false;
        }

        if (count >= WorthPairs)
        {
            table.BuildPairs();
            DecodePairs(table.Pairs, ref stream0, ref stream1, ref stream2, ref stream3);
        }
        else
        {
            DecodeSingles(table.Singles, ref stream0, ref stream1, ref stream2, ref stream3);
        }

        return stream0.TryFinish(table.Singles) && stream1.TryFinish(table.Singles) && stream2.TryFinish(table.Singles) && stream3.TryFinish(table.Singles);
    }

    private static void DecodeSingles(ushort* table, ref HuffmanStream stream0, ref HuffmanStream stream1, ref HuffmanStream stream2, ref HuffmanStream stream3)
    {
        HuffmanStream a = stream0;
        HuffmanStream b = stream1;
        HuffmanStream c = stream2;
        HuffmanStream d = stream3;
        for (long rounds; (rounds = Rounds(a, b, c, d, Lookups)) > 0;)
        {
            for (; rounds > 0; rounds--)
            {
                for (int i = 0; i < Lookups; i++)
                {
                    a.LookUp(table);
                    b.LookUp(table);
                    c.LookUp(table);
                    d.LookUp(table);
                }

                a.Refill();
                b.Refill();
                c.Refill();
                d.Refill();
            }
        }

        stream0 = a;
        stream1 = b;
        stream2 = c;
        stream3 = d;
    }

    private static void DecodePairs(uint* table, ref HuffmanStream stream0, ref HuffmanStream stream1, ref HuffmanStream stream2, ref HuffmanStream stream3)
    {
        HuffmanStream a = stream0;
        HuffmanStream b = stream1;
        HuffmanStream c = stream2;
        HuffmanStream d = stream3;
        for (long rounds; (rounds = Rounds(a, b, c, d, 2 * Lookups)) > 0;)
        {
            for (; rounds > 0; rounds--)
            {
                for (int i = 0; i < Lookups; i++)
                {
                    a.LookUpPair(table);
                    b.LookUpPair(table);
                    c.LookUpPair(table);
                    d.LookUpPair(table);
                }

                a.Refill();
                b.Refill();
                c.Refill();
                d.Refill();
            }
        }

        stream0 = a;
        stream1 = b;
        stream2 = c;
        stream3 = d;
    }

    /// <summary>How many rounds of lookups none of the streams can leave its source or target in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Rounds(in HuffmanStream a, in HuffmanStream b, in HuffmanStream c, in HuffmanStream d, int symbols) =>
        Math.Min(Math.Min(a.Rounds(symbols), b.Rounds(symbols)), Math.Min(c.Rounds(symbols), d.Rounds(symbols)));
}
