using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace OpenStackStorage.Rings;

/// <summary>
/// The index of a version 2 ring. As in Swift it is found through the last bytes of the file, and sections are read from
/// where it says; so a file that was compressed again by another program is no ring.
/// Source: swift/common/ring/io.py, RingReader.
/// </summary>
internal sealed class RingIndex
{
    /// <summary>A stored block of 8 bytes with its flush, 18; the last block, 5; checksum and length, 8.</summary>
    private const int TailLength = 31;

    private const int Size = sizeof(ulong);

    private readonly byte[] _bytes;
    private readonly string _file;
    private readonly PythonFields _entries;

    private RingIndex(byte[] bytes, string file, PythonFields entries)
    {
        _bytes = bytes;
        _file = file;
        _entries = entries;
    }

    public static RingIndex Read(byte[] bytes, string file)
    {
        int tail = bytes.Length - TailLength;
        // A stored block: type 0, length 8, its complement.
        if (tail < 0 || !bytes.AsSpan(tail, 5).SequenceEqual((ReadOnlySpan<byte>)[0, 8, 0, 0xF7, 0xFF]))
        {
            throw new RingException(ErrorIds.RingFileCorrupt, $"'{file}': its end does not say where the index is. It is cut off, or another program compressed it again.")
            {
                Target = file,
            };
        }

        ulong start = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(tail + 5));
        if (start >= (ulong)tail)
            throw new RingException(ErrorIds.RingFileCorrupt, string.Create(CultureInfo.InvariantCulture, $"'{file}': its index is said to start at byte {start} of {bytes.Length}.")) { Target = file };
        using RingInflater inflater = RingInflater.OpenSection(bytes, (int)start, tail, file);
        Span<byte> length = stackalloc byte[Size];
        inflater.Read(length, "the index");
        byte[] json = inflater.ReadJson(BinaryPrimitives.ReadUInt64BigEndian(length));
        return PythonJson.Parse(json, file) is PythonDict dict
            ? new RingIndex(bytes, file, new PythonFields(dict, file, "the index"))
            : throw inflater.Corrupt("its index holds no object");
    }

    public byte[] ReadJson(string name)
    {
        using RingSection section = Open(name);
        byte[] json = section.ReadJson();
        section.VerifyEnd();
        return json;
    }

    public RingSection Open(string name)
    {
        // compressed start, start, compressed end, end, checksum's method and value
        if (_entries.Get(name) is not PythonList { Count: 6 } entry
            || (entry[0], entry[1], entry[2], entry[3]) is not (long compressedStart, long start, long compressedEnd, long end)
            || entry[4] is not string method || entry[5] is not string digest)
            throw _entries.Wrong(name, _entries.Get(name), "four numbers and a checksum");
        if (compressedStart < 0 || compressedStart >= compressedEnd || compressedEnd > _bytes.Length - TailLength || start < 0 || start > end)
            throw _entries.Corrupt($"'{name}' lies outside of the file");
        HashAlgorithmName algorithm = method switch
        {
            "md5" => HashAlgorithmName.MD5,
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            "sha512" => HashAlgorithmName.SHA512,
            _ => throw _entries.NotSupported($"'{name}' has a checksum of an unknown kind"),
        };
        return new RingSection(RingInflater.OpenSection(_bytes, (int)compressedStart, (int)compressedEnd, _file), name, end - start, algorithm, digest);
    }
}
