using System.Buffers.Binary;
using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>Ring files, <c>.ring.gz</c>: versions 1 and 2. Source: swift/common/ring/ring.py and io.py.</summary>
internal static class RingFile
{
    public const int DefaultVersion = 1;

    public static ReadOnlySpan<byte> Magic => "R1NG"u8;

    /// <summary>The first byte of a pickle: version 0, which Swift itself stopped to read in 2.36.</summary>
    private const byte PickleStart = 0x80;

    /// <param name="bytes">The whole file.</param>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingFileCorrupt"/> or <see cref="ErrorIds.RingFileNotSupported"/>.</exception>
    public static RingData Read(byte[] bytes, string file) => ReadVersion(bytes, file) switch
    {
        1 => RingVersion1.Read(bytes, file),
        2 => RingVersion2.Read(bytes, file),
        var version => throw new RingException(ErrorIds.RingFileNotSupported, string.Create(CultureInfo.InvariantCulture, $"'{file}' is a ring of version {version}; versions 1 and 2 can be read."))
        {
            Target = file,
        },
    };

    /// <summary>The format version, from the first bytes.</summary>
    public static int ReadVersion(byte[] bytes, string file)
    {
        using RingInflater inflater = RingInflater.OpenMember(bytes, file);
        Span<byte> start = stackalloc byte[6];
        inflater.Read(start[..1], "the magic");
        if (start[0] == PickleStart)
        {
            throw new RingException(ErrorIds.RingFileNotSupported, $"'{file}' is a ring of version 0, a pickle; write it again from its builder.")
            {
                Target = file,
                Remedy = "Run swift-ring-builder <builder file> write_ring, or the cmdlet that does it, with the ring's builder.",
            };
        }

        inflater.Read(start[1..], "the magic");
        if (!start[..4].SequenceEqual(Magic))
            throw inflater.Corrupt("it does not begin with 'R1NG'");
        return BinaryPrimitives.ReadUInt16BigEndian(start[4..]);
    }

    /// <param name="fileName">The ring's name; the gzip header holds it.</param>
    /// <param name="version">1, or 2 for Swift 2.36 and later.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingFileNotSupported"/>: version 1 has no ids of 4 bytes.</exception>
    public static void Write(Stream stream, RingData content, string fileName, int version = DefaultVersion)
    {
        using RingGzipWriter writer = new(stream, fileName);
        switch (version)
        {
            case 1: RingVersion1.Write(writer, content, fileName); break;
            case 2: RingVersion2.Write(writer, content); break;
            default: throw new ArgumentOutOfRangeException(nameof(version), version, "1 or 2");
        }

        writer.Finish();
    }
}
