using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace OpenStackStorage.Rings.Tests;

public class RingFileTests
{
    [Theory]
    [InlineData(1, 6, 7, false, 2.5)]
    [InlineData(1, 0, 1, false, 1.0)]
    [InlineData(1, 17, 300, false, 3.25)]
    [InlineData(2, 6, 7, false, 2.5)]
    [InlineData(2, 6, 7, true, 3.0)]
    [InlineData(2, 17, 300, false, 3.25)]
    [InlineData(2, 14, 70000, true, 3.5)]
    public void What_is_written_is_read(int version, int partPower, int devices, bool wide, double replicas)
    {
        RingData ring = RingSamples.Ring(RingSamples.Builder(partPower, devices, wide, replicas));
        byte[] bytes = RingSamples.ToBytes(ring, version);
        Assert.Equal(version, RingFile.ReadVersion(bytes, "x.ring.gz"));
        Assert.Equal(RingSamples.Describe(ring), RingSamples.Describe(RingFile.Read(bytes, "x.ring.gz")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_ring_may_be_empty(int version)
    {
        RingData ring = new() { PartPower = 4, Devices = [], Assignments = new RingAssignments(Array.Empty<ushort[]>()) };
        RingData back = RingFile.Read(RingSamples.ToBytes(ring, version), "x.ring.gz");
        Assert.Equal((4, 0, 0.0), (back.PartPower, back.Assignments.RowCount, back.Replicas));
    }

    [Fact]
    public void The_header_is_Swifts()
    {
        byte[] bytes = RingSamples.ToBytes(RingSamples.Ring(RingSamples.Builder()), 1);
        byte[] expected = [0x1F, 0x8B, 8, 8, 0xF4, 0x2A, 0x84, 0x4D, 2, 0xFF, .. "object.ring\0"u8]; // 1300507380, little end first
        Assert.Equal(expected, bytes[..expected.Length]);
        // The magic stands in the clear, after the five bytes of a stored block.
        Assert.Equal("R1NG\0\u0001"u8.ToArray(), bytes[(expected.Length + 5)..(expected.Length + 11)]);
    }

    [Theory]
    [InlineData("v2.ring.gz", 2)]
    [InlineData("v2-4byte-ids.ring.gz", 4)]
    public void Rings_of_the_newest_Swift_are_read_and_written_alike(string name, int idBytes)
    {
        byte[] theirs = RingSamples.Bytes(name);
        RingData ring = RingFile.Read(theirs, name);
        Assert.Equal((8, 13, 3.5, idBytes), (ring.PartPower, ring.Version, ring.Replicas, ring.Assignments.DeviceIdBytes));
        RingBuilder builder = BuilderFile.Read(RingSamples.Bytes(name.Replace("ring.gz", "builder", StringComparison.Ordinal)), name);
        Assert.Equal(RingSamples.Describe(RingSamples.Ring(builder)).Split("\n2\n"), RingSamples.Describe(ring).Split($"\n{idBytes}\n"));

        // The sections are the same bytes; the index has other places in the compressed file, the tail too.
        byte[] ours = Inflate(RingSamples.ToBytes(ring, 2));
        byte[] plain = Inflate(theirs);
        int index = IndexStart(plain);
        Assert.Equal(index, IndexStart(ours));
        Assert.Equal(plain[..index], ours[..index]);
        Assert.Equal(Digests(plain), Digests(ours));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_cut_is_an_error(int version)
    {
        byte[] bytes = RingSamples.ToBytes(RingSamples.Ring(RingSamples.Builder()), version);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(ErrorIds.RingFileCorrupt, Assert.Throws<RingException>(() => RingFile.Read(bytes[..length], "x.ring.gz")).Id);
    }

    [Fact]
    public void Every_changed_byte_of_version_1_is_noticed()
    {
        byte[] bytes = RingSamples.ToBytes(RingSamples.Ring(RingSamples.Builder()), 1);
        string whole = RingSamples.Describe(RingFile.Read(bytes, "x.ring.gz"));
        for (int at = 22; at < bytes.Length; at++) // after the gzip header
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0x10;
            Exception? error = Record.Exception(() => Assert.Equal(whole, RingSamples.Describe(RingFile.Read(changed, "x.ring.gz"))));
            Assert.True(error is null or RingException, $"byte {at}: {error}");
        }
    }

    [Fact]
    public void A_changed_section_of_version_2_fails_its_checksum()
    {
        RingData ring = RingSamples.Ring(RingSamples.Builder());
        byte[] other = RingSamples.ToBytes(new RingData { PartPower = ring.PartPower, Version = 13, Devices = ring.Devices, Assignments = ring.Assignments }, 2);
        byte[] bytes = RingSamples.ToBytes(ring, 2);
        int difference = Enumerable.Range(0, bytes.Length).First(at => bytes[at] != other[at]);
        int same = Enumerable.Range(difference, 8).Last(at => bytes[at] != other[at]) + 1;
        byte[] mixed = [.. bytes[..difference], .. other[difference..same], .. bytes[same..]];
        RingException error = Assert.Throws<RingException>(() => RingFile.Read(mixed, "x.ring.gz"));
        Assert.Contains("the section 'swift/ring/metadata' has the checksum", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, string> WrongVersion1() => new()
    {
        { "{\"devs\": [], \"part_shift\": 24}", 0, "'replica_count' is missing" },
        { "{\"devs\": [], \"part_shift\": 33, \"replica_count\": 0}", 0, "'part_shift' is 33; 0 to 32" },
        { "{\"devs\": 5, \"part_shift\": 30, \"replica_count\": 0}", 0, "'devs' is 5; a list" },
        { "{\"devs\": [null], \"part_shift\": 30, \"replica_count\": 1}", 8, "lies on device 0, which does not exist" },
        { "{\"devs\": [], \"part_shift\": 30, \"replica_count\": 2}", 8, "it ends within the row of replica 0|ends after 0" },
        { "{\"devs\": [], \"part_shift\": 30, \"replica_count\": 1}", 3, "ends after 3 bytes" },
        { "{\"devs\": [], \"part_shift\": 30, \"replica_count\": 0}", 3, "data follows the last row" },
        { "{\"devs\": [], \"part_shift\": 2, \"replica_count\": 60000}", 8, "can't hold" },
        { "{\"devs\": [], \"part_shift\": 30, \"replica_count\": 0, \"byteorder\": \"middle\"}", 0, "'byteorder' is a text; 'little' or 'big'" },
        { "{\"devs\": [], ", 0, "the JSON at byte" },
        { "[]", 0, "holds no object" },
        { "{\"devs\": [[[[[[[[[[]]]]]]]]]]}", 0, "the JSON at byte" },
        { "{\"devs\": [{\"id\": 1}], \"part_shift\": 30, \"replica_count\": 0}", 0, "its id is 1, its place in the list 0" },
    };

    [Theory]
    [MemberData(nameof(WrongVersion1))]
    public void A_wrong_ring_is_named(string json, int rowBytes, string what)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, json.Length);
        RingException error = Assert.Throws<RingException>(() => RingFile.Read(Deflate([.. "R1NG\0\u0001"u8, .. length, .. Encoding.ASCII.GetBytes(json), .. new byte[rowBytes]]), "x.ring.gz"));
        Assert.Equal(ErrorIds.RingFileCorrupt, error.Id);
        Assert.Contains(what.Split('|'), part => error.Message.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_versions_are_named()
    {
        Assert.Equal(ErrorIds.RingFileNotSupported, Assert.Throws<RingException>(() => RingFile.Read(Deflate("R1NG\0\u0003"u8), "x")).Id);
        Assert.Equal(ErrorIds.RingFileNotSupported, Assert.Throws<RingException>(() => RingFile.Read(Deflate([0x80, 2, (byte)'}', (byte)'.']), "x")).Id);
        Assert.Equal(ErrorIds.RingFileCorrupt, Assert.Throws<RingException>(() => RingFile.Read(Deflate("ring\0\u0001"u8), "x")).Id);
        Assert.Equal(ErrorIds.RingFileCorrupt, Assert.Throws<RingException>(() => RingFile.Read([1, 2, 3], "x")).Id);
        Assert.Equal(ErrorIds.RingFileNotSupported, Assert.Throws<RingException>(() => RingSamples.ToBytes(RingSamples.Ring(RingSamples.Builder(wide: true)), 1)).Id);
    }

    [Fact]
    public void A_bomb_of_JSON_stays_small()
    {
        byte[] bomb = Deflate([.. "R1NG\0\u0001\u0004\0\0\0"u8, .. Enumerable.Repeat((byte)'[', 1 << 26)]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<RingException>(() => RingFile.Read(bomb, "x.ring.gz"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_ring_of_the_other_byte_order_is_turned()
    {
        byte[] json = Encoding.ASCII.GetBytes("{\"byteorder\": \"big\", \"devs\": [null, {\"id\": 1, \"zone\": 0, \"ip\": \"a\", \"port\": 1, \"device\": \"d\", \"weight\": 1}], \"part_shift\": 31, \"replica_count\": 1}");
        RingData ring = RingFile.Read(Deflate([.. "R1NG\0\u0001\0\0"u8, 0, (byte)json.Length, .. json, 0, 1, 0, 1]), "x.ring.gz");
        Assert.Equal(1u, (uint)ring.Assignments.Narrow![0][1]);
        Assert.Null(ring.Version);
        Assert.True(ring.Devices[1]!.WeightIsInteger);
    }

    internal static byte[] Inflate(byte[] bytes)
    {
        using GZipStream gzip = new(new MemoryStream(bytes), CompressionMode.Decompress);
        using MemoryStream plain = new();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Deflate(ReadOnlySpan<byte> plain)
    {
        using MemoryStream target = new();
        using (GZipStream gzip = new(target, CompressionLevel.Optimal))
            gzip.Write(plain);
        return target.ToArray();
    }

    private static int IndexStart(byte[] plain) => (int)BinaryPrimitives.ReadInt64BigEndian(plain.AsSpan(plain.Length - 16));

    private static string Digests(byte[] plain)
    {
        PythonDict index = (PythonDict)PythonJson.Parse(plain.AsSpan()[(IndexStart(plain) + 8)..^16], "index")!;
        return string.Join('\n', index.Pairs.Select(pair => $"{pair.Key} {((PythonList)pair.Value!)[1]} {((PythonList)pair.Value!)[3]} {((PythonList)pair.Value!)[5]}"));
    }
}
