using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OpenStackStorage.Rings;

/// <summary>Writes the sections of a version 2 ring, and after them the index.</summary>
internal sealed class RingIndexWriter(RingGzipWriter writer)
{
    private readonly PythonDict _entries = new();
    private IncrementalHash? _hash;
    private string _name = "";
    private long _compressedStart;
    private long _start;

    public void WriteSection(string name, byte[] content)
    {
        Begin(name, (ulong)content.Length);
        Write(content);
        End();
    }

    public void Begin(string name, ulong length)
    {
        writer.FullFlush();
        _name = name;
        _compressedStart = writer.CompressedLength;
        _start = writer.Length;
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(Size(length));
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash!.AppendData(bytes);
        writer.Write(bytes);
    }

    public void End()
    {
        writer.FullFlush();
        using (_hash)
        {
            string digest = Convert.ToHexStringLower(_hash!.GetHashAndReset());
            _entries.Set(_name, new object?[] { _compressedStart, _start, writer.CompressedLength, writer.Length, "sha256", digest });
        }
    }

    /// <summary>The index, then where it begins: in the content, and in the file. The latter lies 31 bytes before the file's end.</summary>
    public void Finish()
    {
        long start = writer.Length;
        long compressedStart = writer.CompressedLength;
        byte[] json = PythonJson.Write(_entries);
        writer.Write(Size((ulong)json.Length));
        writer.Write(json);
        writer.WriteStored(Size((ulong)start));
        writer.WriteStored(Size((ulong)compressedStart));
    }

    private static byte[] Size(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
