using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>The bits that tell which sectors a differencing disk holds itself; sector 0 is bit 0 of byte 0. Source: [MS-VHDX] 2.4.</summary>
internal static class VhdxSectorBitmap
{
    /// <summary>The number of equal bits from <paramref name="first"/> on, at most up to <paramref name="end"/>.</summary>
    public static int RunLength(ReadOnlySpan<byte> bits, int first, int end, out bool value)
    {
        value = (bits[first >> 3] >> (first & 7) & 1) != 0;
        byte same = value ? (byte)0xFF : (byte)0;
        int rest = (byte)(bits[first >> 3] ^ same) >> (first & 7);
        if (rest != 0)
            return Math.Min(end - first, BitOperations.TrailingZeroCount(rest));

        int at = (first >> 3) + 1;
        int whole = bits[at..].IndexOfAnyExcept(same);
        long next = whole < 0 ? bits.Length * 8L : ((at + whole) * 8L) + BitOperations.TrailingZeroCount((byte)(bits[at + whole] ^ same));
        return (int)Math.Min(end, next) - first;
    }

    public static void Set(Span<byte> bits, int first, int count)
    {
        int end = first + count;
        for (; first < end && (first & 7) != 0; first++)
            bits[first >> 3] |= (byte)(1 << (first & 7));
        int whole = (end - first) >> 3;
        if (whole > 0)
            bits.Slice(first >> 3, whole).Fill(0xFF);
        for (first += Math.Max(0, whole) * 8; first < end; first++)
            bits[first >> 3] |= (byte)(1 << (first & 7));
    }
}
