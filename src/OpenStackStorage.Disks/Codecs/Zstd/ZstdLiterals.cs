using System.Runtime.CompilerServices;

namespace OpenStackStorage.Disks;

/// <summary>The literals section of a compressed block. Source: RFC 8878, 3.1.1.3.1.</summary>
internal sealed unsafe class ZstdLiterals
{
    /// <summary>Bytes behind the literals that can be read, so that copies need not end with them.</summary>
    public const int Slack = 32;

    private const int Damaged = -1;

    private readonly HuffmanTable _huffman = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ZstdDecoder.LargestBlock + Slack, pinned: true);
    private bool _hasHuffman;

    /// <summary>The literals: in a buffer of this object, or in the block where they are stored as they are.</summary>
    public byte* Bytes { get; private set; }

    public int Count { get; private set; }

    /// <summary>A frame does not know the codes of the frame before it.</summary>
    public void StartFrame() => _hasHuffman = false;

    /// <summary>Reads the section at the start of a block, which begins 9 bytes or more after the start of readable memory.</summary>
    /// <returns>Bytes of the section, or -1 when it is damaged.</returns>
    public int Read(byte* source, int length, byte* readableEnd, int largest)
    {
        if (length < 1)
            return Damaged;
        int type = source[0] & 3;
        int sizeFormat = (source[0] >> 2) & 3;
        return type < 2
            ? ReadPlain(source, length, readableEnd, largest, sizeFormat, run: type == 1)
            : ReadHuffman(source, length, largest, sizeFormat, treeless: type == 3);
    }

    /// <summary>Raw_Literals_Block and RLE_Literals_Block.</summary>
    private int ReadPlain(byte* source, int length, byte* readableEnd, int largest, int sizeFormat, bool run)
    {
        int header = sizeFormat switch { 1 => 2, 3 => 3, _ => 1 };
        if (length < header)
            return Damaged;
        int count = header switch
        {
            1 => source[0] >> 3,
            2 => (source[0] >> 4) | (source[1] << 4),
            _ => (source[0] >> 4) | (source[1] << 4) | (source[2] << 12),
        };
        int stored = run ? 1 : count;
        if (count > largest || stored > length - header)
            return Damaged;
        Count = count;
        Bytes = source + header;
        if (run || readableEnd - (Bytes + count) < Slack)
        {
            if (run)
                _buffer.AsSpan(0, count).Fill(source[header]);
            else
                new ReadOnlySpan<byte>(Bytes, count).CopyTo(_buffer);
            Bytes = (byte*)Unsafe.AsPointer(ref _buffer[0]);
        }

        return header + stored;
    }

    /// <summary>Compressed_Literals_Block and Treeless_Literals_Block.</summary>
    private int ReadHuffman(byte* source, int length, int largest, int sizeFormat, bool treeless)
    {
        int header = sizeFormat switch { 2 => 4, 3 => 5, _ => 3 };
        if (length < header)
            return Damaged;

        // Two sizes of equal width after 4 bits of type and format.
        int sizeBits = (header * 4) - 2;
        ulong fields = 0;
        for (int i = 0; i < header; i++)
            fields |= (ulong)source[i] << (8 * i);
        int mask = (1 << sizeBits) - 1;
        int count = (int)(fields >> 4) & mask;
        int stored = (int)(fields >> (4 + sizeBits)) & mask;
        if (count > largest || stored > length - header)
            return Damaged;
        int tree = 0;
        if (!treeless)
        {
            tree = _huffman.TryRead(new ReadOnlySpan<byte>(source + header, stored));
            _hasHuffman = tree > 0;
        }

        Count = count;
        Bytes = (byte*)Unsafe.AsPointer(ref _buffer[0]);
        byte* streams = source + header + tree;
        return _hasHuffman && (sizeFormat == 0
            ? HuffmanStreams.TryDecode(_huffman, streams, stored - tree, Bytes, count)
            : HuffmanStreams.TryDecodeFour(_huffman, streams, stored - tree, Bytes, count))
            ? header + stored
            : Damaged;
    }
}
