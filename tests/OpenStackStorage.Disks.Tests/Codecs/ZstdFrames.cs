using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Makes zstd frames by hand (RFC 8878), sound ones and others.</summary>
internal static class ZstdFrames
{
    public const byte PredefinedTables = 0;
    public const byte OneSymbolTables = 0x54;
    public const byte RepeatedTables = 0xFC;

    /// <summary>
    /// A Huffman tree of direct weights 4, 3, 2, 0, 1 and the last one's 1: the example of RFC 8878, 4.2.1, with the symbols
    /// 0 to 5 for A to F.
    /// </summary>
    private static readonly byte[] Tree = [127 + 5, 0x43, 0x20, 0x10];

    private static readonly (int Bits, int Count)[] Codes = [(0b1, 1), (0b01, 2), (0b001, 3), default, (0b0000, 4), (0b0001, 4)];

    /// <summary>A frame of blocks; the last of them is marked so.</summary>
    public static byte[] Frame(byte[][] blocks, uint? checksum = null, uint? contentSize = null, byte window = 6 << 3)
    {
        byte descriptor = (byte)((contentSize is null ? 0 : 2 << 6) | (checksum is null ? 0 : 1 << 2));
        List<byte> frame = [0x28, 0xB5, 0x2F, 0xFD, descriptor, window];
        if (contentSize is { } size)
            frame.AddRange(Little(size, 4));
        for (int i = 0; i < blocks.Length; i++)
        {
            byte[] block = [.. blocks[i]];
            block[0] |= (byte)(i == blocks.Length - 1 ? 1 : 0);
            frame.AddRange(block);
        }

        return [.. frame, .. checksum is { } sum ? Little(sum, 4) : []];
    }

    public static byte[] Skippable(int size) => [0x5A, 0x2A, 0x4D, 0x18, .. Little((uint)size, 4), .. new byte[size]];

    public static byte[] Raw(params byte[] content) => [.. Header(0, content.Length), .. content];

    public static byte[] Run(byte value, int count) => [.. Header(1, count), value];

    public static byte[] Compressed(byte[] literals, byte[] sequences) => [.. Header(2, literals.Length + sequences.Length), .. literals, .. sequences];

    public static byte[] Header(int type, int size) => Little((uint)((size << 3) | (type << 1)), 3);

    /// <summary>Literals as they are.</summary>
    public static byte[] RawLiterals(params byte[] content) => [.. Little((uint)((content.Length << 4) | (3 << 2)), 3), .. content];

    /// <summary>Huffman literals of the values 0, 1, 2, 4 and 5, in one stream or four.</summary>
    public static byte[] HuffmanLiterals(byte[] content, bool four, bool tree = true)
    {
        byte[] body = Stream(content);
        if (four)
        {
            int quarter = (content.Length + 3) / 4;
            byte[][] streams = [.. Enumerable.Range(0, 4).Select(i => Stream([.. content.Skip(i * quarter).Take(quarter)]))];
            body = [.. streams.Take(3).SelectMany(stream => Little((uint)stream.Length, 2)), .. streams.SelectMany(stream => stream)];
        }

        if (tree)
            body = [.. Tree, .. body];
        int type = tree ? 2 : 3;
        return four
            ? [.. Little((uint)type | (3UL << 2) | ((ulong)content.Length << 4) | ((ulong)body.Length << 22), 5), .. body]
            : [.. Little((uint)(type | (content.Length << 4) | (body.Length << 14)), 3), .. body];
    }

    /// <summary>Sequences whose three codes are each the same for all of them, so that only their additional bits are stored.</summary>
    public static byte[] Sequences(byte literalCode, byte offsetCode, byte matchCode, params (int Value, int Count)[] bits) =>
        [1, OneSymbolTables, literalCode, offsetCode, matchCode, .. Backward(bits)];

    /// <summary>One sequence of 0 to 15 literals, any offset value, and a match of 3 to 34 bytes.</summary>
    public static byte[] Sequence(int literals, int offsetValue, int match)
    {
        int offsetCode = (int)Math.Log2(offsetValue);
        return Sequences((byte)literals, (byte)offsetCode, (byte)(match - 3), (offsetValue - (1 << offsetCode), offsetCode));
    }

    /// <summary>A bit stream that is read backwards and gives these values, the first one first.</summary>
    public static byte[] Backward(params (int Value, int Count)[] values)
    {
        List<bool> bits = [true];
        foreach ((int value, int count) in values)
        {
            for (int i = count - 1; i >= 0; i--)
                bits.Add(((value >> i) & 1) != 0);
        }

        bits.Reverse();
        byte[] stream = new byte[(bits.Count + 7) / 8];
        for (int i = 0; i < bits.Count; i++)
            stream[i / 8] |= (byte)(bits[i] ? 1 << (i % 8) : 0);
        return stream;
    }

    private static byte[] Stream(byte[] content) => Backward([.. content.Select(symbol => Codes[symbol])]);

    private static byte[] Little(ulong value, int count)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes[..count];
    }
}
