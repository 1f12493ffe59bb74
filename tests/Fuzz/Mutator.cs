using System.Buffers.Binary;

namespace OpenStackStorage.Fuzz;

/// <summary>Damages an input: the same random numbers do the same damage.</summary>
public sealed class Mutator(Random random)
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 7, 8, 9, 16, 21, 22, 0x7F, 0x80, 0xFF, 0x1FF, 0x200, 0x3FF, 0x400, 0x1000, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x20_0000,
        0x40_0000, 0x40_0001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1UL << 40, 1UL << 55, 1UL << 56, 1UL << 61, 1UL << 62,
        (1UL << 62) | (1UL << 61), long.MaxValue, 1UL << 63, (1UL << 63) | 0x200, ulong.MaxValue - 511, ulong.MaxValue - 7, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    public byte[] Mutate(byte[] seed)
    {
        byte[] bytes = (byte[])seed.Clone();
        for (int i = random.Next(1, 9); i > 0 && bytes.Length > 0; i--)
            bytes = MutateOnce(bytes);
        return bytes;
    }

    private byte[] MutateOnce(byte[] bytes)
    {
        switch (random.Next(12))
        {
            case 0:
                bytes[Place(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[Place(bytes.Length)] = (byte)random.Next(256);
                break;
            case 2 or 3 or 4:
                WriteNumber(bytes, Number(bytes.Length));
                break;
            case 5 or 6:
                WriteNumber(bytes, Offset(bytes.Length));
                break;
            case 7:
                AddToNumber(bytes);
                break;
            case 8:
                CopyBlock(bytes, 1 << random.Next(12));
                break;
            case 9:
                CopyBlock(bytes, 8); // a table's entry over another one
                break;
            case 10 when random.Next(4) == 0:
                return bytes[..random.Next(bytes.Length)];
            case 11 when random.Next(4) == 0:
                Array.Resize(ref bytes, bytes.Length + random.Next(1, 4096));
                break;
            default:
                int start = Place(bytes.Length) & ~7;
                bytes.AsSpan(start, Math.Min(8, bytes.Length - start)).Clear();
                break;
        }

        return bytes;
    }

    /// <summary>Half of all damage goes to the first bytes, where headers are.</summary>
    private int Place(int length) => random.Next(2) == 0 ? random.Next(Math.Min(length, 256)) : random.Next(length);

    private ulong Number(int length) => random.Next(6) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => (ulong)(length + random.Next(-2, 3)),
        _ => Interesting[random.Next(Interesting.Length)],
    };

    /// <summary>A place in the input, as tables have it, perhaps with the flags of their high bits.</summary>
    private ulong Offset(int length) => ((ulong)random.Next(length + 512) & ~(ulong)(random.Next(4) == 0 ? 7 : 511)) | ((ulong)random.Next(4) << 62);

    private void WriteNumber(byte[] bytes, ulong value)
    {
        int width = 1 << random.Next(1, 4);
        int at = Place(bytes.Length) & -width;
        if (at + width > bytes.Length)
            return;
        Span<byte> number = stackalloc byte[8];
        if (random.Next(8) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            number[..width].CopyTo(bytes.AsSpan(at));
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, value);
            number[^width..].CopyTo(bytes.AsSpan(at));
        }
    }

    private void AddToNumber(byte[] bytes)
    {
        int at = Place(bytes.Length) & ~7;
        if (at + 8 > bytes.Length)
            return;
        ulong value = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
        ulong step = 1UL << random.Next(64);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), random.Next(2) == 0 ? value + step : value - step);
    }

    private void CopyBlock(byte[] bytes, int length)
    {
        length = Math.Min(length, bytes.Length);
        int from = random.Next(bytes.Length - length + 1) & ~7;
        int to = random.Next(bytes.Length - length + 1) & ~7;
        bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
    }
}
