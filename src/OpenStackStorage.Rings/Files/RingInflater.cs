using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace OpenStackStorage.Rings;

/// <summary>Reads out of a compressed ring in memory. Nothing is allocated for a length that the file can't hold.</summary>
internal sealed class RingInflater : IDisposable
{
    /// <summary>Deflate makes at most 1032 bytes of one (zlib, "Maximum expansion factor").</summary>
    private const long HighestRatio = 1032;

    /// <summary>JSON of devices shrinks to a tenth or less, of removed ones further; beyond this it is a bomb.</summary>
    private const int SmallJson = 1 << 20;
    private const int HighestJsonRatio = 128;

    private readonly Stream _stream;
    private readonly byte[] _bytes;
    private readonly int _compressedLength;
    private readonly string _file;

    private long _read;

    private RingInflater(Stream stream, byte[] bytes, int compressedLength, string file)
    {
        _stream = stream;
        _bytes = bytes;
        _compressedLength = compressedLength;
        _file = file;
    }

    /// <summary>From the start of the file; the checksum is verified when the end is reached.</summary>
    public static RingInflater OpenMember(byte[] file, string name) =>
        new(new GZipStream(new MemoryStream(file, writable: false), CompressionMode.Decompress), file, file.Length, name);

    /// <summary>From a point within the file at which a writer flushed, up to another.</summary>
    public static RingInflater OpenSection(byte[] file, int start, int end, string name) =>
        new(new DeflateStream(new MemoryStream(file, start, end - start, writable: false), CompressionMode.Decompress), file, end - start, name);

    /// <summary>Fills the buffer.</summary>
    public void Read(Span<byte> buffer, string what)
    {
        int length = ReadUpTo(buffer);
        if (length < buffer.Length)
            throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"it ends within {what}: {length} of {buffer.Length} bytes are there"));
    }

    /// <summary>Fills the buffer, or reads to the end.</summary>
    public int ReadUpTo(Span<byte> buffer)
    {
        try
        {
            int length = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            _read += length;
            return length;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw Corrupt($"its compressed data is damaged or cut off ({error.Message.TrimEnd('.')})");
        }
    }

    /// <summary>Nothing may follow in the member, and its trailer must say so: the runtime takes a trailer that is cut off.</summary>
    public void ExpectEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (ReadUpTo(more) > 0)
            throw Corrupt("data follows the last row");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(_bytes.Length - sizeof(uint)));
        if (length != (uint)_read)
            throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"its last bytes say that it holds {length} bytes, but it holds {_read}; it is cut off"));
    }

    public byte[] ReadJson(ulong length)
    {
        if (length > (ulong)Math.Max(SmallJson, (long)_compressedLength * HighestJsonRatio))
            throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"{length} bytes of JSON in {_compressedLength} compressed bytes are no ring"));
        ThrowIfBeyond((long)length, "the JSON");
        byte[] json = new byte[length];
        Read(json, "the JSON");
        return json;
    }

    /// <summary>Refuses a length that the compressed bytes can't hold, before anything is allocated for it.</summary>
    public void ThrowIfBeyond(long length, string what)
    {
        if (length > (_compressedLength * HighestRatio) + HighestRatio)
            throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"{what} would take {length} bytes, which {_compressedLength} compressed bytes can't hold"));
    }

    public RingException Corrupt(string what) => new(ErrorIds.RingFileCorrupt, $"'{_file}': {what}.") { Target = _file, Found = what };

    public void Dispose() => _stream.Dispose();
}
