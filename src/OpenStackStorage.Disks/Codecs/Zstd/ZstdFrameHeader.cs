using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>The start of a zstd or skippable frame. Source: RFC 8878, 3.1.1 and 3.1.2.</summary>
internal readonly record struct ZstdFrameHeader
{
    /// <summary>
    /// RFC 8878 (3.1.1.1.2) asks decoders for windows of so many bytes, and encoders to use no larger ones. Encoders that are
    /// not told the size of their input use windows beyond the cluster.
    /// </summary>
    private const long LargestWindow = 8 << 20;

    private const uint Magic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50; // to 0x184D2A5F
    private const byte ReservedBit = 1 << 3;

    /// <summary>Bytes to the first block; of a skippable frame, to its end. Can be more than there are.</summary>
    public long Length { get; private init; }

    public bool IsSkippable { get; private init; }

    public ulong WindowSize { get; private init; }

    /// <summary>Bytes of the decoded frame, where the header tells.</summary>
    public ulong? ContentSize { get; private init; }

    public uint DictionaryId { get; private init; }

    public bool HasChecksum { get; private init; }

    private bool HasReservedBits { get; init; }

    /// <summary>Decodes a header. Fields that <paramref name="source"/> is too short for are 0.</summary>
    /// <returns>False when no frame begins here.</returns>
    public static bool TryParse(ReadOnlySpan<byte> source, out ZstdFrameHeader header)
    {
        Span<byte> bytes = stackalloc byte[18]; // the longest header
        bytes.Clear();
        source[..Math.Min(source.Length, bytes.Length)].CopyTo(bytes);
        header = default;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint field = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if ((magic & ~15u) == SkippableMagic)
        {
            header = new ZstdFrameHeader { IsSkippable = true, Length = 8 + (long)field };
            return true;
        }

        if (magic != Magic)
            return false;
        byte descriptor = bytes[4];
        bool single = (descriptor & (1 << 5)) != 0;
        int position = single ? 5 : 6;
        int idLength = (descriptor & 3) switch { 3 => 4, int length => length };
        uint id = (uint)Number(bytes.Slice(position, idLength));
        position += idLength;
        int sizeLength = (descriptor >> 6) switch { 0 => single ? 1 : 0, int log => 1 << log };
        ulong size = Number(bytes.Slice(position, sizeLength)) + (sizeLength == 2 ? 256u : 0);
        position += sizeLength;
        ulong window = 1UL << (10 + (bytes[5] >> 3));
        header = new ZstdFrameHeader
        {
            Length = position,
            WindowSize = single ? size : window + (window / 8 * (bytes[5] & 7u)),
            ContentSize = sizeLength > 0 ? size : null,
            DictionaryId = id,
            HasChecksum = (descriptor & (1 << 2)) != 0,
            HasReservedBits = (descriptor & ReservedBit) != 0,
        };
        return true;
    }

    /// <summary>Null, or why the frame can't be decoded.</summary>
    public string? Validate()
    {
        if (HasReservedBits)
            return "a zstd frame header with reserved bits";
        if (DictionaryId != 0)
            return $"a zstd frame that needs dictionary {DictionaryId}";
        return WindowSize > LargestWindow ? $"a zstd frame with a window of {WindowSize} bytes, more than {LargestWindow}" : null;
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < bytes.Length; i++)
            number |= (ulong)bytes[i] << (8 * i);
        return number;
    }
}
