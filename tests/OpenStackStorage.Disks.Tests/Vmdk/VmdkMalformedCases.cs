using static OpenStackStorage.Disks.Tests.VmdkTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A disk made wrong in one place, and what must be said about it.</summary>
/// <param name="Offset">Byte of the file that the message must name; null where it is a feature or a reference that is refused.</param>
/// <param name="Field">Part of the field's name, or of the message.</param>
internal sealed record VmdkMalformedCase(VmdkTestImage Image, long? Offset, string Field);

/// <summary>Disks that reading must refuse. The numbers are those of the list of malformed cases in the format notes.</summary>
internal static class VmdkMalformedCases
{
    private const string SparseLine = "RW 67584 SPARSE \"image.vmdk\"";
    private const string FlatLine = "RW 67584 FLAT \"image-flat.vmdk\" 0";

    public static readonly Dictionary<string, Func<VmdkMalformedCase>> Refused = new()
    {
        ["24 descriptor out of the file"] = () => Patch64(28, 1UL << 40, "descriptorOffset"),
        ["24 descriptor at 2^64-1"] = () => Patch64(28, ulong.MaxValue, "descriptorOffset"),
        ["24 descriptor of no sectors"] = () => Patch64(36, 0, "descriptorOffset", expectedOffset: 28),
        ["24 descriptor of 1 MiB"] = () => Patch64(36, 2048, "descriptorSize"),
        ["24 descriptor of 2^64-1 sectors"] = () => Patch64(36, ulong.MaxValue, "descriptorSize"),
        ["24 no descriptor"] = () => Patch64(28, 0, "an extent without its descriptor") with { Offset = null },
        ["24 descriptor that starts with a NUL"] = () => Text("# Disk", "\0 Disk", "an extent without its descriptor") with { Offset = null },
        ["24 descriptor cut by a NUL"] = () => Text("parentCID", "\0parentCID", "parentCID", expectedOffset: 512),
        ["24 line that means nothing"] = () => Text("# Extent", "Extent", "descriptor"),
        ["24 no CID"] = () => Text("CID=", "ID=", "CID", expectedOffset: 512),
        ["24 CID twice"] = () => Text("# Extent", "cid=0\n# Extent", "cid"),
        ["24 CID no number"] = () => Text("\nCID=", "\nCID=x", "CID", skip: 1),
        ["24 CID too long"] = () => Text("\nCID=", "\nCID=0", "CID", skip: 1),
        ["24 createType twice"] = () => Text("# Extent", "createType=\"vmfs\"\n# Extent", "createType"),
        ["24 no createType"] = () => Text("createType", "createtyp", "createType", expectedOffset: 512),
        ["24 createType of split disks inside an extent"] = () => Text("createType=\"monolithicSparse", "createType=\"monolithicFlat", "createType"),
        ["24 createType of monolithic disks in a text"] = () => Text("createType=\"monolithicFlat", "createType=\"streamOptimized", "createType", subFormat: "monolithicFlat"),
        ["24 createType of devices"] = () => Feature("monolithicFlat", "fullDevice", "createType 'fullDevice'"),
        ["24 createType of raw mappings"] = () => Feature("monolithicFlat", "vmfsRawDeviceMap", "createType 'vmfsRawDeviceMap'"),
        ["24 descriptor version 4"] = () => Text("version=1", "version=4", "descriptor version '4'") with { Offset = null },
        ["24 encrypted"] = () => Text("# Extent", "encryptionKeys=\"vmware:key\"\n# Extent", "encryption") with { Offset = null },
        ["24 capacity 0, as if the extents were elsewhere"] = () => Patch64(12, 0, "capacity"),
        ["24 second extent in an embedded descriptor"] = () => Text(SparseLine, SparseLine + "\nRW 1 SPARSE \"b.vmdk\"", "extent description", skip: SparseLine.Length + 1),
        ["24 flat extent in an embedded descriptor"] = () => Text(SparseLine, "RW 1 FLAT \"/etc/passwd\" 0", "extent description"),
        ["24 no extents"] = () => Text(SparseLine, "", "extent description", expectedOffset: 512),
        ["24 extent with a descriptor of its own"] = () =>
        {
            VmdkTestImage inner = Create();
            return new VmdkMalformedCase(OfText(VmdkEsxImages.Descriptor("custom", $"RW {DiskSize / 512} SPARSE \"inner.vmdk\""), ("inner.vmdk", inner.Bytes)), 28, "descriptorOffset");
        },
        ["25 1001 extents"] = () =>
        {
            string lines = string.Join('\n', Enumerable.Repeat("RW 1 ZERO", 1001));
            string text = VmdkEsxImages.Descriptor("custom", lines);
            return new VmdkMalformedCase(OfText(text), text.LastIndexOf("RW", StringComparison.Ordinal), "extent description");
        },
        ["25 extent that is not there"] = () => Extent("RW 1 FLAT \"other.vmdk\" 0", "there is no such file") with { Offset = null },
        ["25 extent twice"] = () => Extent("RW 1 FLAT \"image-flat.vmdk\" 0\nRW 1 FLAT \"IMAGE-flat.vmdk\" 1", "extent file name", skip: 34),
        ["25 extent of no sectors"] = () => Extent("RW 0 FLAT \"image-flat.vmdk\" 0", "extent size"),
        ["25 extent of -1 sectors"] = () => Extent("RW -1 FLAT \"image-flat.vmdk\" 0", "extent size"),
        ["25 extent of 2^64 sectors"] = () => Extent("RW 18446744073709551616 FLAT \"image-flat.vmdk\" 0", "extent size"),
        ["25 extents of 2^63 bytes together"] = () => Extent("RW 18014398509481983 ZERO\nRW 1 ZERO", "extent size", skip: 26),
        ["25 extent longer than its file"] = () => Extent("RW 67585 FLAT \"image-flat.vmdk\" 0", "extent size"),
        ["25 extent behind the end of its file"] = () => Extent("RW 1 FLAT \"image-flat.vmdk\" 67584", "extent size"),
        ["25 extent from 2^63-1 sectors on"] = () => Extent("RW 1 FLAT \"image-flat.vmdk\" 9223372036854775807", "extent size"),
        ["25 extent from a negative sector"] = () => Extent("RW 1 FLAT \"image-flat.vmdk\" -1", "extent offset"),
        ["25 flat extent without offset"] = () => Extent("RW 1 FLAT \"image-flat.vmdk\"", "extent offset"),
        ["25 sparse extent with offset"] = () => Extent("RW 1 SPARSE \"image-flat.vmdk\" 0", "extent offset"),
        ["25 extent without a name"] = () => Extent("RW 1 FLAT", "extent file name"),
        ["25 extent with an empty name"] = () => Extent("RW 1 FLAT \"\" 0", "extent file name"),
        ["25 extent with an open quote"] = () => Extent("RW 1 FLAT \"image-flat.vmdk 0", "extent file name"),
        ["25 extent of an unknown type"] = () => Extent("RW 1 PAPER \"image-flat.vmdk\"", "extent type"),
        ["25 extent on a device"] = () => Extent("RW 1 VMFSRDM \"image-flat.vmdk\"", "extent on a device") with { Offset = null },
        ["25 extent without access"] = () => Extent("NOACCESS 1 FLAT \"image-flat.vmdk\" 0", "NOACCESS") with { Offset = null },
        ["25 sparse extent of another size"] = () => Text("RW 67584", "RW 67583", "capacity", expectedOffset: 12, subFormat: "twoGbMaxExtentSparse"),
        ["25 sparse extent that is none"] = () => Extent("RW 1 SPARSE \"image-flat.vmdk\"", "magicNumber") with { Offset = 0 },
        ["26 version 0"] = () => Patch32(4, 0, "version 0") with { Offset = null },
        ["26 version 4"] = () => Patch32(4, 4, "version 4") with { Offset = null },
        ["26 unknown flag"] = () => Patch32(8, 1 << 20, "unknown flags 0x00100000") with { Offset = null },
        ["26 transferred as text"] = () => Patch32(73, 0x0A0A200A, "singleEndLineChar"),
        ["26 grain size 0"] = () => Patch64(20, 0, "grainSize"),
        ["26 grain size 3"] = () => Patch64(20, 3, "grainSize"),
        ["26 grain size of 2 MiB"] = () => Patch64(20, 4096, "grainSize"),
        ["26 grain size 2^63"] = () => Patch64(20, 1UL << 63, "grainSize"),
        ["26 no entries in a table"] = () => Patch32(44, 0, "numGTEsPerGT"),
        ["26 1024 entries in a table"] = () => Patch32(44, 1024, "numGTEsPerGT"),
        ["26 2^32-1 entries in a table"] = () => Patch32(44, uint.MaxValue, "numGTEsPerGT"),
        ["26 capacity of 2^63 bytes"] = () => Patch64(12, 1UL << 54, "capacity"),
        ["26 capacity of 2^64-1 sectors"] = () => Patch64(12, ulong.MaxValue, "capacity"),
        ["26 capacity beyond any directory"] = () => Patch64(12, (1UL << 54) - 1, "capacity"),
        ["26 capacity beyond the file's directory"] = () => NoRedundancy(image => image.Set64(12, 1UL << 37), 56, "gdOffset"),
        ["26 directory at 0"] = () => NoRedundancy(image => image.Set64(56, 0), 56, "gdOffset"),
        ["26 directory out of the file"] = () => NoRedundancy(image => image.Set64(56, 1UL << 40), 56, "gdOffset"),
        ["26 directory at 2^64-2"] = () => NoRedundancy(image => image.Set64(56, ulong.MaxValue - 1), 56, "gdOffset"),
        ["26 table out of the file"] = () => Entry(image => image.Directory, uint.MaxValue, "GD entry 0"),
        ["26 table over the directory"] = () => Entry(image => image.Directory, image => (uint)image.Header.Directory, "GD entry 0"),
        ["26 table over the descriptor"] = () => Entry(image => image.Directory, _ => 5, "GD entry 0"),
        ["26 table twice"] = () => Entry(image => image.Directory + 4, image => image.Get32(image.Directory), "GD entry 1"),
        ["26 tables that overlap"] = () => Entry(image => image.Directory + 4, image => image.Get32(image.Directory) + 3, "GD entry 1"),
        ["26 grain out of the file"] = () => Entry(image => image.Table(0) + 8, uint.MaxValue, "GT entry 2"),
        ["26 grain over the header"] = () => Entry(image => image.Table(0) + 8, 1u, "GT entry 2"),
        ["26 grain over the directory"] = () => Entry(image => image.Table(0) + 8, image => (uint)image.Header.Directory, "GT entry 2"),
        ["27 marker of another grain"] = () => Grain(0, 128, "marker lba of the grain at guest offset 0"),
        ["27 marker of no bytes"] = () => Grain(8, 0, "marker size of the grain at guest offset 0"),
        ["27 marker of 4 GiB"] = () => Grain(8, uint.MaxValue, "marker size of the grain at guest offset 0"),
        ["27 marker that reaches over the next grain"] = () => Grain(8, image => (image.Get32(image.Table(0) + 4) - image.Get32(image.Table(0))) * 512, "marker size of the grain at guest offset 0"),
        ["27 no zlib stream"] = () => Grain(12, uint.MaxValue, "compressed data of the grain at guest offset 0"),
        ["27 grain that is too long"] = () => Grain(new byte[VmdkTestImage.Grain + 1]),
        ["27 grain that is too short"] = () => Grain(new byte[VmdkTestImage.Grain - 1]),
        ["27 grain with a wrong checksum"] = () =>
        {
            VmdkTestImage image = Create("streamOptimized");
            long grain = image.FirstGrain;
            image.Bytes[grain + 12 + image.Get32(grain + 8) - 1] ^= 1;
            return new VmdkMalformedCase(image, grain, "compressed data of the grain at guest offset 0");
        },
        ["27 grain cut by its marker"] = () =>
        {
            VmdkTestImage image = Create("streamOptimized");
            image.Set32(image.FirstGrain + 8, image.Get32(image.FirstGrain + 8) / 2);
            return new VmdkMalformedCase(image, image.FirstGrain, "compressed data of the grain at guest offset 0");
        },
        ["27 footer marker of another type"] = () => FromEnd(1536 - 12, 2, 1536, "footer marker"),
        ["27 footer of another version"] = () => FromEnd(1024 - 4, 2, 1024, "footer"),
        ["27 footer of another capacity"] = () => FromEnd(1024 - 12, 128, 1024, "footer"),
        ["27 footer with another descriptor"] = () => FromEnd(1024 - 28, 2, 1024, "footer"),
        ["27 footer without its magic"] = () => FromEnd(1024, 0, 1024, "magicNumber"),
        ["27 footer that names another footer"] = () =>
        {
            VmdkTestImage image = Create("streamOptimized");
            long footer = image.Bytes.Length - 1024;
            image.Set64(footer + 56, ulong.MaxValue);
            return new VmdkMalformedCase(image, footer + 56, "footer gdOffset");
        },
        ["27 no end of stream"] = () => FromEnd(512, 1, 512, "end-of-stream marker"),
        ["27 stream cut within its grains"] = () => Cut(128 * 512 + 2048, 128 * 512 + 2048 - 1536, "footer marker"),
        ["27 stream cut after the descriptor"] = () => Cut(21 * 512, 18 * 512, "footer marker"),
        ["27 stream without its last sector"] = () =>
        {
            VmdkTestImage image = Create("streamOptimized");
            image.Bytes = image.Bytes[..^512];
            return new VmdkMalformedCase(image, image.Bytes.Length - 1536, "footer marker");
        },
        ["27 compressed without its algorithm"] = () => Stream(image => image.Bytes[77] = 0, 77, "compressAlgorithm"),
        ["27 compressed without its flag"] = () => Stream(image => image.Bytes[10] = 2, 77, "compressAlgorithm"),
        ["27 compressed without markers"] = () => Stream(image => image.Bytes[10] = 1, null, "compressed grains without markers"),
        ["27 algorithm 2"] = () => Stream(image => image.Bytes[77] = 2, 77, "compressAlgorithm"),
        ["28 name of a parent without its CID"] = () => Text("# Extent", "parentFileNameHint=\"base.vmdk\"\n# Extent", "parentFileNameHint"),
        ["28 CID of a parent without its name"] = () => Text("parentCID=ffffffff", "parentCID=00000001", "parentFileNameHint"),
        ["28 parent that is not there"] = () => Text("parentCID=ffffffff", "parentCID=00000001\nparentFileNameHint=\"base.vmdk\"", "there is no such file") with { Offset = null },
        ["28 parent of another CID"] = () =>
        {
            VmdkMalformedCase child = Text("parentCID=ffffffff", "parentCID=00000001\nparentFileNameHint=\"base.vmdk\"", "its CID is ");
            child.Image.Files["base.vmdk"] = Create().Bytes;
            return child with { Offset = null };
        },
        ["28 seSparse with a dirty journal"] = () => SeSparse(512 + 24, 1, null, "a journal that must be replayed"),
        ["28 seSparse volatile header without its magic"] = () => SeSparse(512, 0, 512, "volatile header magic"),
        ["28 seSparse volatile header out of the file"] = () => SeSparse(80, 1UL << 50, 80, "volatile header offset"),
        ["28 seSparse of another version"] = () => SeSparse(8, 0x0000_0003_0000_0001, null, "version 0x0000000300000001"),
        ["28 seSparse flags"] = () => SeSparse(40, 1, null, "flags 0x0000000000000001"),
        ["28 seSparse grain size"] = () => SeSparse(24, 16, 24, "grain size"),
        ["28 seSparse grain table size"] = () => SeSparse(32, 0, 32, "grain table size"),
        ["28 seSparse capacity"] = () => SeSparse(16, 1UL << 60, 16, "capacity"),
        ["28 seSparse directory out of the file"] = () => SeSparse(128, ulong.MaxValue, 128, "grain directory offset"),
        ["28 seSparse directory too small"] = () => SeSparse(136, 0, 128, "grain directory offset"),
        ["28 seSparse table of another type"] = () => SeSparse(1024, 0x2000_0000_0000_0001, 1024, "GD entry 0"),
        ["28 seSparse table out of the file"] = () => SeSparse(1024, 0x1000_0000_0000_0002, 1024, "GD entry 0"),
        ["28 seSparse table twice"] = () => SeSparse(1024 + 8, 0x1000_0000_0000_0001, 1024 + 8, "GD entry 1"),
        ["28 seSparse grain of type 4"] = () => SeSparse((3 + 64) * 512, 4UL << 60, (3 + 64) * 512, "GT entry 0"),
        ["28 seSparse grain with bits but no type"] = () => SeSparse((3 + 64) * 512, 1, (3 + 64) * 512, "GT entry 0"),
        ["28 seSparse grain out of the file"] = () => SeSparse((3 + 64) * 512, 0x3FFF_FFFF_FFFF_FFFF, (3 + 64) * 512, "GT entry 0"),
        ["COWD without its magic"] = () => Cowd(0, 0, 0, "magicNumber"),
        ["COWD version 3"] = () => Cowd(4, 3, null, "version 3"),
        ["COWD of another size"] = () => Cowd(12, 6145, 12, "numSectors"),
        ["COWD grain size 0"] = () => Cowd(16, 0, 16, "grainSize"),
        ["COWD grain size 3"] = () => Cowd(16, 3, 16, "grainSize"),
        ["COWD directory too small"] = () => Cowd(24, 1, 24, "numGDEntries"),
        ["COWD directory out of the file"] = () => Cowd(20, uint.MaxValue, 20, "gdOffset"),
        ["COWD table out of the file"] = () => Cowd(4 * 512, uint.MaxValue, 4 * 512, "GD entry 0"),
        ["COWD table twice"] = () => Cowd((4 * 512) + 4, 5, (4 * 512) + 4, "GD entry 1"),
        ["COWD grain out of the file"] = () => Cowd(5 * 512, uint.MaxValue, 5 * 512, "GT entry 0"),
        ["COWD grain over the header"] = () => Cowd(5 * 512, 1, 5 * 512, "GT entry 0"),
        ["an extent of ESX alone"] = () => new VmdkMalformedCase(Of((Name, VmdkEsxImages.VmfsSparse().Files["image-delta.vmdk"])), null, "an extent without its descriptor"),
        ["no more than the magic"] = () => Sparse(image => image.Bytes = image.Bytes[..4], 0, "SparseExtentHeader"),
        ["cut after the header"] = () => Sparse(image => image.Bytes = image.Bytes[..512], 28, "descriptorOffset"),
        ["cut after the descriptor"] = () => Sparse(image => image.Bytes = image.Bytes[..(21 * 512)], 56, "gdOffset"),
    };

    private static VmdkMalformedCase Sparse(Action<VmdkTestImage> change, long? offset, string field) => Changed("monolithicSparse", change, offset, field);

    private static VmdkMalformedCase Stream(Action<VmdkTestImage> change, long? offset, string field) => Changed("streamOptimized", change, offset, field);

    private static VmdkMalformedCase Changed(string subFormat, Action<VmdkTestImage> change, long? offset, string field)
    {
        VmdkTestImage image = Create(subFormat);
        change(image);
        return new VmdkMalformedCase(image, offset, field);
    }

    private static VmdkMalformedCase Patch32(long offset, uint value, string field) => Sparse(image => image.Set32(offset, value), offset, field);

    private static VmdkMalformedCase Patch64(long offset, ulong value, string field, long? expectedOffset = null) =>
        Sparse(image => image.Set64(offset, value), expectedOffset ?? offset, field);

    /// <summary>Without flag 1 no other grain directory takes the place of a bad one.</summary>
    private static VmdkMalformedCase NoRedundancy(Action<VmdkTestImage> change, long offset, string field) => Sparse(
        image =>
        {
            image.Set32(8, 1);
            change(image);
        },
        offset, field);

    private static VmdkMalformedCase Entry(Func<VmdkTestImage, long> place, uint value, string field) => Entry(place, _ => value, field);

    private static VmdkMalformedCase Entry(Func<VmdkTestImage, long> place, Func<VmdkTestImage, uint> value, string field)
    {
        VmdkTestImage image = Create();
        image.Set32(8, 1);
        long offset = place(image);
        image.Set32(offset, value(image));
        return new VmdkMalformedCase(image, offset, field);
    }

    private static VmdkMalformedCase Text(string old, string replacement, string field, long? expectedOffset = null, string subFormat = "monolithicSparse", int skip = 0)
    {
        VmdkTestImage image = Create(subFormat);
        long at = image.Replace(old, replacement);
        return new VmdkMalformedCase(image, expectedOffset ?? at + skip, field);
    }

    private static VmdkMalformedCase Feature(string old, string replacement, string feature) =>
        Text(old, replacement, feature, subFormat: "monolithicFlat") with { Offset = null };

    private static VmdkMalformedCase Extent(string lines, string field, int skip = 0) => Text(FlatLine, lines, field, subFormat: "monolithicFlat", skip: skip > 0 ? lines.IndexOf('\n', StringComparison.Ordinal) + 1 : 0);

    private static VmdkMalformedCase Grain(int skip, uint value, string field) => Grain(skip, _ => value, field);

    private static VmdkMalformedCase Grain(int skip, Func<VmdkTestImage, uint> value, string field)
    {
        VmdkTestImage image = Create("streamOptimized");
        image.Set32(image.FirstGrain + skip, value(image));
        return new VmdkMalformedCase(image, image.FirstGrain, field);
    }

    private static VmdkMalformedCase Grain(byte[] content)
    {
        VmdkTestImage image = Create("streamOptimized");
        byte[] target = new byte[512];
        int length = ZlibCodec.Compress(content, target, 6);
        image.Set32(image.FirstGrain + 8, (uint)length);
        target[..length].CopyTo(image.Bytes, image.FirstGrain + 12);
        return new VmdkMalformedCase(image, image.FirstGrain, "compressed data of the grain at guest offset 0");
    }

    private static VmdkMalformedCase FromEnd(int distance, uint value, int expected, string field)
    {
        VmdkTestImage image = Create("streamOptimized");
        image.Set32(image.Bytes.Length - distance, value);
        return new VmdkMalformedCase(image, image.Bytes.Length - expected, field);
    }

    private static VmdkMalformedCase Cut(int length, long offset, string field) => Stream(image => image.Bytes = image.Bytes[..length], offset, field);

    private static VmdkMalformedCase SeSparse(long offset, ulong value, long? expected, string field)
    {
        VmdkTestImage image = VmdkEsxImages.SeSparse();
        VmdkEsxImages.Put64(image.Files["image-sesparse.vmdk"], offset, value);
        return new VmdkMalformedCase(image, expected, field);
    }

    private static VmdkMalformedCase Cowd(long offset, uint value, long? expected, string field)
    {
        VmdkTestImage image = VmdkEsxImages.VmfsSparse();
        VmdkEsxImages.Put32(image.Files["image-delta.vmdk"], offset, value);
        return new VmdkMalformedCase(image, expected, field);
    }
}
