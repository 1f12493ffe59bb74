using static OpenStackStorage.Disks.Tests.Qcow2TestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>An image made wrong in one place, and what must be said about it.</summary>
/// <param name="Offset">Byte of the file that the message must name; null where it is a feature that is refused.</param>
/// <param name="Field">Part of the field's name, or of the feature's.</param>
internal sealed record Qcow2MalformedCase(Qcow2TestImage Image, long? Offset, string Field);

/// <summary>Images that reading must refuse. The numbers are those of the list of malformed cases in the format notes.</summary>
internal static class Qcow2MalformedCases
{
    private const ulong Feature = 1UL << 40; // no known incompatible bit

    public static readonly Dictionary<string, Func<Qcow2MalformedCase>> Refused = new()
    {
        ["1 version 0"] = () => Feature32(4, 0, "version 0 (at byte 4"),
        ["1 version 1"] = () => Feature32(4, 1, "version 1 (at byte 4"),
        ["1 version 4"] = () => Feature32(4, 4, "version 4 (at byte 4"),
        ["2 cluster_bits 8"] = () => Patch32(20, 8, "cluster_bits"),
        ["2 cluster_bits 22"] = () => Patch32(20, 22, "cluster_bits"),
        ["2 cluster_bits 2^32-1"] = () => Patch32(20, uint.MaxValue, "cluster_bits"),
        ["2 cluster_bits 12 with extended L2"] = () => Patch64(72, 1 << 4, "cluster_bits", expectedOffset: 20),
        ["3 header_length 0"] = () => Patch32(100, 0, "header_length"),
        ["3 header_length 96"] = () => Patch32(100, 96, "header_length"),
        ["3 header_length 108"] = () => Patch32(100, 108, "header_length"),
        ["3 header_length beyond the cluster"] = () => Patch32(100, 4104, "header_length"),
        ["3 header_length 2^32-8"] = () => Patch32(100, uint.MaxValue - 7, "header_length"),
        ["4 extension past the area"] = () => Patch32(112 + 4, 4096, "header extension 0x6803f857"),
        ["4 extension of 4 GiB"] = () => Patch32(112 + 4, uint.MaxValue, "header extension 0x6803f857"),
        ["4 extension of one type twice"] = () => Extensions(2, 0, "header extension 0xe2792aca", (0xE2792ACA, [1]), (1234, []), (0xE2792ACA, [2])),
        ["4 backing format name too long"] = () => Extensions(0, 4, "backing file format name", (0xE2792ACA, new byte[16])),
        ["4 data file name too long"] = () => Extensions(0, 4, "external data file name", (0x44415441, new byte[4096]), clusterSize: 16384),
        ["5 backing name beyond the cluster"] = () => Backing(4096, 1, 8, "backing_file_offset"),
        ["5 backing name across the cluster's end"] = () => Backing(4090, 7, 8, "backing_file_offset"),
        ["5 backing name in the header"] = () => Backing(64, 8, 8, "backing_file_offset"),
        ["5 backing name whose end wraps around"] = () => Backing(ulong.MaxValue - 9, 20, 8, "backing_file_offset"),
        ["5 backing name of 1024 bytes"] = () => Backing(1024, 1024, 16, "backing_file_size"),
        ["5 backing name of no bytes"] = () => Backing(1024, 0, 16, "backing_file_size"),
        ["6 l1_size 0"] = () => Patch32(36, 0, "l1_size"),
        ["6 l1_size too small"] = () => Patch32(36, 1, "l1_size"),
        ["6 l1_size beyond 32 MiB"] = () => Patch32(36, (32 << 20) / 8 + 1, "l1_size"),
        ["6 l1 table longer than the file"] = () => Patch32(36, (32 << 20) / 8, "l1_table_offset", expectedOffset: 40),
        ["6 l1 table at 0"] = () => Patch64(40, 0, "l1_table_offset"),
        ["6 l1 table unaligned"] = () => Patch64(40, 4096 + 512, "l1_table_offset"),
        ["6 l1 table out of the file"] = () => Patch64(40, 1UL << 40, "l1_table_offset"),
        ["6 l1 table at 2^64-4096"] = () => Patch64(40, ulong.MaxValue - 4095, "l1_table_offset"),
        ["7 size beyond 2^63"] = () => Patch64(24, 1UL << 63, "size"),
        ["7 size beyond the l1 table"] = () => Patch64(24, 1UL << 40, "l1_size", expectedOffset: 36),
        ["7 size 2^63-1"] = () => Patch64(24, long.MaxValue, "l1_size", expectedOffset: 36),
        ["8 refcount table of no clusters"] = () => Patch32(56, 0, "refcount_table_clusters"),
        ["8 refcount table beyond 8 MiB"] = () => Patch32(56, (8 << 20) / 4096 + 1, "refcount_table_clusters"),
        ["8 refcount table of 2^32-1 clusters"] = () => Patch32(56, uint.MaxValue, "refcount_table_clusters"),
        ["8 refcount table longer than the file"] = () => Patch32(56, (8 << 20) / 4096, "refcount_table_offset", expectedOffset: 48),
        ["8 refcount table unaligned"] = () => Patch64(48, 4096 + 8, "refcount_table_offset"),
        ["8 refcount table at 0"] = () => Patch64(48, 0, "refcount_table_offset"),
        ["8 refcount table out of the file"] = () => Patch64(48, 1UL << 50, "refcount_table_offset"),
        ["9 refcount block unaligned"] = () => At(image => image.RefcountTable, 4096 + 512, "refcount table entry 0"),
        ["9 refcount block out of the file"] = () => At(image => image.RefcountTable, 1UL << 50, "refcount table entry 0"),
        ["9 refcount block with reserved bits"] = () => At(image => image.RefcountTable, image => image.Get64(image.RefcountTable) | 1, "refcount table entry 0"),
        ["9 refcount block twice"] = () => At(image => image.RefcountTable + 8, image => image.Get64(image.RefcountTable), "refcount table entry 1"),
        ["9 refcount block over the refcount table"] = () => At(image => image.RefcountTable, image => (ulong)image.RefcountTable, "refcount table entry 0"),
        ["9 refcount block over the l1 table"] = () => At(image => image.RefcountTable, image => (ulong)image.L1, "refcount table entry 0"),
        ["10 refcount_order 7"] = () => Patch32(96, 7, "refcount_order"),
        ["10 refcount_order 2^32-1"] = () => Patch32(96, uint.MaxValue, "refcount_order"),
        ["11 incompatible bit 5"] = () => Feature64(72, 1 << 5, "incompatible bit 5"),
        ["11 incompatible bit 63"] = () => Feature64(72, 1UL << 63, "incompatible bit 63"),
        ["11 incompatible bit with a name"] = () =>
        {
            Qcow2TestImage image = Create();
            byte[] name = new byte[48];
            (name[1], name[2]) = (40, (byte)'X');
            image.SetExtensions((0x6803F857, name));
            image.Set64(72, Feature);
            return new Qcow2MalformedCase(image, null, "X (incompatible bit 40");
        },
        ["13 l2 table unaligned"] = () => At(image => image.L1, 4096 + 512, "L1 entry 0"),
        ["13 l2 table out of the file"] = () => At(image => image.L1, 1UL << 50, "L1 entry 0"),
        ["13 l2 table over the l1 table"] = () => At(image => image.L1, image => (ulong)image.L1, "L1 entry 0"),
        ["13 l2 table over the refcount table"] = () => At(image => image.L1, image => (ulong)image.RefcountTable, "L1 entry 0"),
        ["13 l2 table that another entry has"] = () => At(image => image.L1 + 8, image => image.Get64(image.L1), "L1 entry 1"),
        ["13 l1 entry with reserved bits"] = () => At(image => image.L1, image => image.Get64(image.L1) | 1, "L1 entry 0"),
        ["13 l1 entry with bit 62"] = () => At(image => image.L1, image => image.Get64(image.L1) | (1UL << 62), "L1 entry 0"),
        ["14 data over the l1 table"] = () => At(image => image.L2Entry(3), image => (ulong)image.L1, "L2 entry 3"),
        ["14 data over the refcount table"] = () => At(image => image.L2Entry(3), image => (ulong)image.RefcountTable, "L2 entry 3"),
        ["14 compressed data over the l1 table"] = () => At(image => image.L2Entry(3), image => (1UL << 62) | (ulong)(uint)(image.L1 + 100), "L2 entry 3"),
        ["14 compressed data in the header"] = () => At(image => image.L2Entry(3), (1UL << 62) | 200, "L2 entry 3"),
        ["15 l2 entry with bit 1"] = () => At(image => image.L2Entry(5), image => image.Get64(image.L2Entry(5)) | 2, "L2 entry 5"),
        ["15 l2 entry with bit 61"] = () => At(image => image.L2Entry(5), image => image.Get64(image.L2Entry(5)) | (1UL << 61), "L2 entry 5"),
        ["15 zero bit in version 2"] = () => At(image => image.L2Entry(5), image => image.Get64(image.L2Entry(5)) | 1, "L2 entry 5", () => Create(subFormat: "v2")),
        ["15 data unaligned"] = () => At(image => image.L2Entry(512 + 7), 8192 + 512, "L2 entry 7"),
        ["15 data at 64 PB"] = () => At(image => image.L2Entry(5), Qcow2Entry.OffsetMask & ~4095UL, "L2 entry 5"),
        ["16 subcluster allocated and zero"] = () => At(image => image.L2Entry(1) + 8, 0x0000_0001_0000_0001, "L2 entry 1", Extended),
        ["16 subcluster without a cluster"] = () => At(image => image.L2Entry(100) + 8, 1, "L2 entry 100", Extended),
        ["16 bitmap on a compressed cluster"] = () => At(image => image.L2Entry(0) + 8, 1, "L2 entry 0", () => Create(16384, compress: true, options: ("extended_l2", "on"))),
        ["16 zero bit with extended L2"] = () => At(image => image.L2Entry(1), image => image.Get64(image.L2Entry(1)) | 1, "L2 entry 1", Extended),
        ["17 compressed past the end"] = () => At(image => image.L2Entry(4), (1UL << 62) | (1UL << 40), "L2 entry 4"),
        ["17 compressed across the end"] = () => At(image => image.L2Entry(4), image => (1UL << 62) | (1UL << 58) | (uint)(image.Bytes.Length - 512), "L2 entry 4"),
        ["17 no deflate stream"] = () => Compressed([0xFF, 1, 2, 3]),
        ["17 deflate stream too short"] = () => Compressed(Deflated(new byte[4095])),
        ["17 deflate stream cut by its claimed size"] = () => Compressed(Deflated(Noise(4096)), claimed: 512),
        ["17 zstd of a huge window"] = () => Compressed(ZstdRun(7, 4096, 27), CompressionType.Zstd),
        ["17 zstd too short"] = () => Compressed(ZstdRun(7, 4095, 12), CompressionType.Zstd),
        ["17 no zstd frame"] = () => Compressed([1, 2, 3, 4, 5, 6, 7, 8], CompressionType.Zstd),
        ["18 compression type without its bit"] = () =>
        {
            Qcow2TestImage image = Create();
            image.Bytes[104] = 1;
            return new Qcow2MalformedCase(image, 104, "compression_type");
        },
        ["18 compression bit without a type"] = () => Patch64(72, 1 << 3, "compression_type", expectedOffset: 104),
        ["18 compression type 2"] = () =>
        {
            Qcow2TestImage image = Create();
            image.Set64(72, 1 << 3);
            image.Bytes[104] = 2;
            return new Qcow2MalformedCase(image, null, "compression type 2");
        },
        ["19 65537 snapshots"] = () => Patch32(60, 65537, "nb_snapshots"),
        ["19 snapshot table unaligned"] = () => Patch64(64, 512, "snapshots_offset"),
        ["19 snapshot table out of the file"] = () => Patch32(60, 1, "snapshots_offset", expectedOffset: 64),
        ["20 no bitmaps"] = () => BitmapsExtension(0, 32, 4096, 8, "nb_bitmaps"),
        ["20 70000 bitmaps"] = () => BitmapsExtension(70000, 32, 4096, 8, "nb_bitmaps"),
        ["20 bitmap directory too long"] = () => BitmapsExtension(1, 1UL << 40, 4096, 16, "bitmap_directory_size"),
        ["20 bitmap directory out of the file"] = () => BitmapsExtension(1, 32, 1UL << 40, 24, "bitmap_directory_offset"),
        ["20 bitmap directory unaligned"] = () => BitmapsExtension(1, 32, 4097, 24, "bitmap_directory_offset"),
        ["21 AES"] = () => Feature32(32, 1, "AES (legacy) encryption"),
        ["21 unknown encryption"] = () => Feature32(32, 3, "unknown method 3 encryption"),
        ["21 LUKS without its header"] = () => Patch32(32, 2, "crypt_method"),
        ["21 LUKS header out of the file"] = () => Luks(1UL << 40, 4096, 8, "encryption header offset"),
        ["21 LUKS header longer than the file"] = () => Luks(4096, ulong.MaxValue, 8, "encryption header offset"),
        ["21 LUKS header unaligned"] = () => Luks(4104, 8, 8, "encryption header offset"),
        ["21 LUKS header without LUKS"] = () => Luks(4096, 4096, null, "crypt_method", method: 0),
        ["21 LUKS"] = () => Luks(4096, 4096, null, "LUKS encryption"),
        ["23 data file without a name"] = () => Patch64(72, 1 << 2, "incompatible_features"),
        ["no more than the magic"] = () => Cut(8, 0, "header"),
        ["cut after 100 bytes"] = () => Cut(100, 0, "header"),
        ["cut after the header's cluster"] = () => Cut(4096, 40, "l1_table_offset"),
        ["cut in half"] = () => Cut(70000, 48, "refcount_table_offset"),
    };

    public static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(5).NextBytes(noise);
        return noise;
    }

    private static Qcow2TestImage Extended() => Create(16384, options: ("extended_l2", "on"));

    private static Qcow2MalformedCase Patch32(long offset, uint value, string field, long? expectedOffset = null)
    {
        Qcow2TestImage image = Create();
        image.Set32(offset, value);
        return new Qcow2MalformedCase(image, expectedOffset ?? offset, field);
    }

    private static Qcow2MalformedCase Patch64(long offset, ulong value, string field, long? expectedOffset = null) =>
        At(_ => offset, value, field) with { Offset = expectedOffset ?? offset };

    private static Qcow2MalformedCase Feature32(long offset, uint value, string feature) => Patch32(offset, value, feature) with { Offset = null };

    private static Qcow2MalformedCase Feature64(long offset, ulong value, string feature) => Patch64(offset, value, feature) with { Offset = null };

    private static Qcow2MalformedCase At(Func<Qcow2TestImage, long> place, ulong value, string field, Func<Qcow2TestImage>? make = null) =>
        At(place, _ => value, field, make);

    private static Qcow2MalformedCase At(Func<Qcow2TestImage, long> place, Func<Qcow2TestImage, ulong> value, string field, Func<Qcow2TestImage>? make = null)
    {
        Qcow2TestImage image = make is null ? Create() : make();
        long offset = place(image);
        image.Set64(offset, value(image));
        return new Qcow2MalformedCase(image, offset, field);
    }

    private static Qcow2MalformedCase Backing(ulong offset, uint size, long expectedOffset, string field)
    {
        Qcow2TestImage image = Create();
        image.Set64(8, offset);
        image.Set32(16, size);
        return new Qcow2MalformedCase(image, expectedOffset, field);
    }

    private static Qcow2MalformedCase Extensions(int index, int skip, string field, params (uint, byte[])[] extensions) => Extensions(index, skip, field, extensions, 4096);

    private static Qcow2MalformedCase Extensions(int index, int skip, string field, (uint, byte[]) extension, int clusterSize) => Extensions(index, skip, field, [extension], clusterSize);

    private static Qcow2MalformedCase Extensions(int index, int skip, string field, (uint, byte[])[] extensions, int clusterSize)
    {
        Qcow2TestImage image = Create(clusterSize);
        return new Qcow2MalformedCase(image, image.SetExtensions(extensions)[index] + skip, field);
    }

    private static Qcow2MalformedCase BitmapsExtension(uint count, ulong size, ulong offset, int skip, string field)
    {
        Qcow2TestImage image = Create();
        image.Set64(88, 1);
        return new Qcow2MalformedCase(image, image.SetExtensions((0x23852875, Fields(count, 0u, size, offset)))[0] + skip, field);
    }

    private static Qcow2MalformedCase Luks(ulong offset, ulong length, int? skip, string field, uint method = 2)
    {
        Qcow2TestImage image = Create();
        image.Set32(32, method);
        int at = image.SetExtensions((0x0537BE77, Fields(offset, length)))[0];
        return new Qcow2MalformedCase(image, skip is { } bytes ? at + bytes : method == 2 ? null : 32, field);
    }

    private static Qcow2MalformedCase Compressed(byte[] stream, CompressionType type = CompressionType.Zlib, int? claimed = null)
    {
        Qcow2TestImage image = Create(type: type);
        return new Qcow2MalformedCase(image, image.SetCompressed(2, stream, claimed), "compressed cluster at guest offset 8192");
    }

    private static Qcow2MalformedCase Cut(int length, long offset, string field)
    {
        Qcow2TestImage image = Create();
        image.Truncate(length);
        return new Qcow2MalformedCase(image, offset, field);
    }
}
