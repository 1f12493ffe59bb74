using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Decodes zstd frames into a cluster. The cluster is the window, so memory is bound by it, the largest block and the
/// tables, whatever a header says. Not for several threads at once; to be used again and again. Source: RFC 8878.
/// </summary>
internal sealed unsafe class ZstdDecoder
{
    /// <summary>Block_Maximum_Size (3.1.1.2.4): 128 KiB, or the window where that is less.</summary>
    public const int LargestBlock = 128 << 10;

    private const int BlockHeaderLength = 3;
    private const int ChecksumLength = 4;

    private readonly ZstdLiterals _literals = new();
    private readonly ZstdSequences _sequences = new();

    private enum BlockType
    {
        Raw,
        Run,
        Compressed,
        Reserved,
    }

    /// <summary>
    /// Decodes frames until the cluster is full. What follows is not read, but for the end of a frame whose content ends
    /// there too: its size and checksum are held against the content.
    /// </summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? TryDecode(ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        fixed (byte* source = stored)
        fixed (byte* start = cluster)
        {
            ZstdTarget target = new(start, cluster.Length);
            int position = 0;
            while (target.Room > 0)
            {
                if (position == stored.Length)
                    return EndsEarly(target);
                if (!ZstdFrameHeader.TryParse(stored[position..], out ZstdFrameHeader header))
                    return "bytes that are no zstd frame";
                if (header.Length > stored.Length - position)
                    return EndsEarly(target);
                position += (int)header.Length;
                if (!header.IsSkippable && (header.Validate() ?? DecodeFrame(header, source, stored.Length, ref position, ref target)) is { } problem)
                    return problem;
            }

            return null;
        }
    }

    /// <param name="position">Of the first block; moved behind the frame.</param>
    private string? DecodeFrame(in ZstdFrameHeader header, byte* source, int length, ref int position, ref ZstdTarget target)
    {
        _literals.StartFrame();
        _sequences.StartFrame();
        target.Frame = target.Position;
        int largest = (int)Math.Min(header.WindowSize, LargestBlock);
        for (bool last = false; !last;)
        {
            if (length - position < BlockHeaderLength)
                return target.Room == 0 ? null : EndsEarly(target);
            int fields = source[position] | (source[position + 1] << 8) | (source[position + 2] << 16);
            last = (fields & 1) != 0;
            BlockType type = (BlockType)((fields >> 1) & 3);
            int size = fields >> 3;
            if (target.Room == 0 && (size > 0 || type >= BlockType.Compressed))
                return GoesOn(header, target);
            if (type == BlockType.Reserved)
                return "a zstd block of an unknown type";
            if (size > largest)
                return $"a zstd block of {size} bytes where {largest} are allowed";
            position += BlockHeaderLength;
            int stored = type == BlockType.Run ? 1 : size;
            if (stored > length - position)
                return target.Room == 0 ? null : EndsEarly(target);
            byte* before = target.Position;
            if (type == BlockType.Raw)
                target.Write(new ReadOnlySpan<byte>(source + position, size));
            else if (type == BlockType.Run)
                target.Fill(source[position], size);
            else if (DecodeCompressed(source + position, size, source + length, largest, ref target) is { } problem)
                return problem;
            if (target.Overran)
                return GoesOn(header, target);
            if (target.Position - before > largest)
                return $"a zstd block that decodes to {target.Position - before} bytes where {largest} are allowed";
            position += stored;
        }

        return FinishFrame(header, new ReadOnlySpan<byte>(source + position, length - position), ref position, target);
    }

    /// <summary>A Compressed_Block: literals, and the sequences that use them.</summary>
    private string? DecodeCompressed(byte* block, int size, byte* readableEnd, int largest, ref ZstdTarget target)
    {
        int literals = _literals.Read(block, size, readableEnd, largest);
        return literals < 0
            ? "a zstd block whose literals are damaged"
            : _sequences.Execute(block + literals, size - literals, _literals, ref target);
    }

    /// <summary>Holds what the frame says of its content against the content.</summary>
    private static string? FinishFrame(in ZstdFrameHeader header, ReadOnlySpan<byte> rest, ref int position, in ZstdTarget target)
    {
        ReadOnlySpan<byte> content = new(target.Frame, (int)(target.Position - target.Frame));
        if (header.ContentSize is { } size && size != (ulong)content.Length)
            return $"a zstd frame of {content.Length} bytes whose header says {size}";
        if (!header.HasChecksum)
            return null;
        if (rest.Length < ChecksumLength)
            return target.Room == 0 ? null : EndsEarly(target);
        position += ChecksumLength;
        uint found = (uint)XxHash64.Compute(content);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        return found == stored ? null : $"a zstd frame with the checksum 0x{found:x8} whose end says 0x{stored:x8}";
    }

    /// <summary>The cluster is full and the frame is not at its end, which is sound unless the header says that it is.</summary>
    private static string? GoesOn(in ZstdFrameHeader header, in ZstdTarget target) =>
        header.ContentSize is { } size && size <= (ulong)(target.Position - target.Frame) ? $"a zstd frame of more than the {size} bytes that its header says" : null;

    private static string EndsEarly(in ZstdTarget target) => $"a stream that ends after {target.Written} bytes";
}
