using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using OpenStackStorage.Rings;
using OpenStackStorage.Rings.Tests;

namespace OpenStackStorage.Fuzz;

/// <summary>Builder files, ring files as they are and damaged below the compression, and their JSON.</summary>
internal static class RingTargets
{
    /// <summary>The stored block with the index's place, the last block, checksum and length.</summary>
    private const int Version2Tail = 31;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("ring-pickle", PickleSeeds, input => PickleReader.Read(input, "fuzz.builder")),
        new("ring-builder", BuilderSeeds, input => BuilderFile.Read(input, "fuzz.builder")),
        new("ring-v1", () => [Content(1, wide: false)], input => RingFile.Read(Compress(input), "fuzz.ring.gz")),
        new("ring-v2", Version2Seeds, input => RingFile.Read(input, "fuzz.ring.gz")),
        new("ring-json", JsonSeeds, input => PythonJson.Parse(input, "fuzz.ring.gz")),
        new("ring-device-text", TextSeeds, ReadText),
    ];

    private static List<byte[]> BuilderSeeds() =>
    [
        RingSamples.ToBytes(RingSamples.Builder(3, 4)),
        RingSamples.ToBytes(RingSamples.Builder(2, 7, wide: true)),
    ];

    private static List<byte[]> PickleSeeds() =>
    [
        .. BuilderSeeds(),
        "(dS'a'\nI1\nsS'b'\n(lF1.5\naV\\u00e9\naL7L\na(I00\nI01\nttas."u8.ToArray(),
        "ccopy_reg\n_reconstructor\n(cswift.ring_builder\nRingBuilder\nc__builtin__\nobject\nNtR(dS'parts'\nI4\nsb."u8.ToArray(),
        Encoding.Latin1.GetBytes("\u0080\u0002](carray\narray\nq\u0001U\u0001H](K\u0001M\u0002\u0001e\u0086Rq\u0002h\u0002h\u0001U\u0001B]K\u0007a\u0086R\u008a\u0002\u0001\u0002e."),
    ];

    private static byte[] Content(int version, bool wide)
    {
        byte[] bytes = RingSamples.ToBytes(RingSamples.Ring(RingSamples.Builder(3, 4, wide)), version);
        using GZipStream gzip = new(new MemoryStream(bytes), CompressionMode.Decompress);
        using MemoryStream plain = new();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Compress(byte[] plain)
    {
        using MemoryStream target = new();
        using (GZipStream gzip = new(target, CompressionLevel.Fastest))
            gzip.Write(plain);
        return target.ToArray();
    }

    /// <summary>As it is written, and with blocks that are stored, so that damage meets the index and not the compression.</summary>
    private static List<byte[]> Version2Seeds()
    {
        List<byte[]> seeds = [];
        foreach (bool wide in new[] { false, true })
        {
            RingData ring = RingSamples.Ring(RingSamples.Builder(3, 4, wide));
            byte[] packed = RingSamples.ToBytes(ring, 2);
            seeds.Add(packed);
            int start = (int)BinaryPrimitives.ReadInt64BigEndian(packed.AsSpan(packed.Length - Version2Tail + 5));
            byte[] plain = Content(2, wide);
            byte[] index = plain[(int)BinaryPrimitives.ReadInt64BigEndian(plain.AsSpan(plain.Length - 16))..^16];
            byte[] block = [0, (byte)index.Length, (byte)(index.Length >> 8), (byte)~index.Length, (byte)(~index.Length >> 8)];
            seeds.Add([.. packed[..start], .. block, .. index, .. packed[^(Version2Tail + 18)..]]);
        }

        return seeds;
    }

    private static List<byte[]> JsonSeeds() =>
    [
        Encoding.ASCII.GetBytes("{\"byteorder\": \"little\", \"devs\": [null, {\"id\": 1, \"meta\": \"\\u00e9\\ud83d\\ude00\\udc80\\n\", \"weight\": 1.5e+16}], \"part_shift\": 24}"),
        Encoding.ASCII.GetBytes("{\"swift/ring/metadata\": [20, 6, 110, 90, \"sha256\", \"00\"], \"x\": [true, false, -1, 1e400]}"),
    ];

    private static List<byte[]> TextSeeds() =>
    [
        Encoding.ASCII.GetBytes("r1z2-10.0.0.1:6200R[fe80::1:2]:6300/sda_meta"),
        Encoding.ASCII.GetBytes("d5r1z2-[::ffff:1.2.3.4]:6200R10.0.0.1:6300/sda_meta"),
    ];

    private static void ReadText(byte[] input)
    {
        string text = Encoding.Latin1.GetString(input);
        if (text.StartsWith('d'))
            RingDeviceSearch.Parse(text);
        else
            RingDeviceSpec.Parse(text, 1);
    }
}
