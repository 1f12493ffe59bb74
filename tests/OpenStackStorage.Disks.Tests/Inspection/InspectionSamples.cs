using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>The smallest sound image of each format, made by hand from its specification: just what inspection reads.</summary>
internal static class InspectionSamples
{
    public const int VhdxMetadata = 256 << 10; // a real one lies at a multiple of 1 MiB

    public const string Descriptor = """
        # Disk DescriptorFile
        version=1
        CID=12345678
        parentCID=ffffffff
        createType="monolithicSparse"

        RW 8192 SPARSE "disk.vmdk"

        ddb.adapterType = "ide"

        """;

    public static IEnumerable<(string Format, byte[] Bytes)> All =>
    [
        ("qcow2", Qcow2()), ("qed", Qed()), ("vhd", DynamicVhd()), ("vhd", FixedVhd()), ("vhdx", Vhdx()), ("vmdk", Vmdk()), ("vmdk", StreamVmdk()),
        ("vmdk", Text(Descriptor)), ("vdi", Vdi()), ("iso", Iso()), ("gpt", Mbr(0x83)), ("gpt", Gpt()), ("luks", Luks()),
        ("dmg", Dmg()), ("parallels", Parallels()), ("bochs", Bochs()), ("cloop", Cloop()),
    ];

    public static byte[] Qcow2(uint version = 3)
    {
        byte[] image = new byte[1024];
        Put(image, 0, [(byte)'Q', (byte)'F', (byte)'I', 0xFB]);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(4), version);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(24), 4 << 20); // size
        return image;
    }

    public static byte[] Qed()
    {
        byte[] image = new byte[1024];
        Put(image, 0, "QED\0"u8);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(48), 4 << 20); // image_size
        return image;
    }

    public static byte[] VhdFooter(uint diskType)
    {
        byte[] footer = new byte[512];
        Put(footer, 0, "conectix"u8);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(48), 4 << 20); // Current Size
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(60), diskType);
        return footer;
    }

    public static byte[] DynamicVhd() => [.. VhdFooter(3), .. new byte[1024], .. VhdFooter(3)];

    public static byte[] FixedVhd(byte[]? disk = null) => [.. disk ?? new byte[4096], .. VhdFooter(2)];

    public static byte[] Vhdx(bool hasParent = false)
    {
        byte[] image = new byte[VhdxMetadata + (64 << 10) + 16];
        Put(image, 0, "vhdxfile"u8);
        Span<byte> regions = image.AsSpan(192 << 10);
        Put(regions, 0, "regi"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(regions[8..], 1); // EntryCount
        Put(regions, 16, new Guid("8B7CA206-4790-4B9A-B8FE-575F050F886E").ToByteArray());
        BinaryPrimitives.WriteUInt64LittleEndian(regions[32..], VhdxMetadata);
        Span<byte> metadata = image.AsSpan(VhdxMetadata);
        Put(metadata, 0, "metadata"u8);
        BinaryPrimitives.WriteUInt16LittleEndian(metadata[10..], 2); // EntryCount
        PutItem(metadata[32..], "CAA16737-FA36-4D43-B3B6-33F0AA44E76B", 64 << 10); // File Parameters
        PutItem(metadata[64..], "2FA54224-CD1B-4876-B211-5DBED83BF4B8", (64 << 10) + 8); // Virtual Disk Size
        BinaryPrimitives.WriteUInt32LittleEndian(metadata[((64 << 10) + 4)..], hasParent ? 2u : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(metadata[((64 << 10) + 8)..], 4 << 20);
        return image;

        static void PutItem(Span<byte> entry, string id, uint offset)
        {
            Put(entry, 0, new Guid(id).ToByteArray());
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], 8);
        }
    }

    public static byte[] SparseHeader(ulong grainDirectory = 26)
    {
        byte[] header = new byte[512];
        Put(header, 0, "KDMV"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), 1); // version
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(12), 8192); // capacity
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(28), 1); // descriptorOffset
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(36), 2); // descriptorSize
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(56), grainDirectory); // gdOffset
        return header;
    }

    public static byte[] Vmdk(string descriptor = Descriptor) => [.. SparseHeader(), .. Text(descriptor, 1024)];

    /// <summary>Header, descriptor (1536 bytes together), footer marker, footer, end-of-stream marker.</summary>
    public static byte[] StreamVmdk()
    {
        byte[] marker = new byte[512];
        marker[12] = 3;
        string descriptor = Descriptor.Replace("monolithicSparse", "streamOptimized", StringComparison.Ordinal);
        return [.. SparseHeader(ulong.MaxValue), .. Text(descriptor, 1024), .. marker, .. SparseHeader(), .. new byte[512]];
    }

    public static byte[] Text(string text, int length = 0)
    {
        byte[] bytes = new byte[Math.Max(length, text.Length)];
        Encoding.Latin1.GetBytes(text, bytes);
        return bytes;
    }

    public static byte[] Vdi()
    {
        byte[] image = new byte[1024];
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x40), 0xBEDA107F);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x4C), 1); // dynamic
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(0x170), 4 << 20);
        return image;
    }

    public static byte[] Iso()
    {
        byte[] image = new byte[(32 << 10) + (4 << 10)];
        WriteIso(image);
        return image;
    }

    /// <summary>Lays a primary volume descriptor of 2048 blocks of 2048 bytes into an image.</summary>
    public static void WriteIso(Span<byte> image)
    {
        Span<byte> descriptor = image[(32 << 10)..];
        Put(descriptor, 0, "\u0001CD001\u0001"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[80..], 2048);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[128..], 2048);
    }

    /// <summary>An MBR with partitions of these types, one after the other.</summary>
    public static byte[] Mbr(params byte[] types)
    {
        byte[] disk = new byte[4096];
        for (int i = 0; i < types.Length; i++)
        {
            disk[446 + 16 * i + 4] = types[i];
            disk[446 + 16 * i + 8] = (byte)(i + 1);
        }

        Put(disk, 510, [0x55, 0xAA]);
        return disk;
    }

    public static byte[] Gpt()
    {
        byte[] disk = Mbr(0xEE);
        disk[446 + 2] = 2; // CHS 0/2/0
        return disk;
    }

    public static byte[] Luks(ushort version = 1)
    {
        byte[] image = new byte[4096];
        Put(image, 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE]);
        BinaryPrimitives.WriteUInt16BigEndian(image.AsSpan(6), version);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(104), 4); // payload offset in sectors
        return image;
    }

    public static byte[] Dmg()
    {
        byte[] image = new byte[2048];
        Put(image, 1536, "koly"u8);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(1536 + 492), 8192);
        return image;
    }

    public static byte[] Parallels()
    {
        byte[] image = new byte[1024];
        Put(image, 0, "WithouFreSpacExt"u8);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(36), 8192);
        return image;
    }

    public static byte[] Bochs()
    {
        byte[] image = new byte[1024];
        Put(image, 0, "Bochs Virtual HD Image"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(64), 0x20000);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(88), 4 << 20);
        return image;
    }

    public static byte[] Cloop()
    {
        byte[] image = new byte[1024];
        Put(image, 0, "#!/bin/sh\n#V2.0 Format\n"u8);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(128), 65536);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(132), 64);
        return image;
    }

    public static InspectionResult Inspect(byte[] image)
    {
        using MemoryBlockDevice device = new("sample", image);
        return ImageInspector.Inspect(device);
    }

    /// <summary>The one finding of an image, as "format/check at offset".</summary>
    public static string OnlyFinding(byte[] image)
    {
        SafetyFinding finding = Assert.Single(Inspect(image).Findings);
        return $"{finding.Format}/{finding.Check} at {finding.Offset}";
    }

    private static void Put(Span<byte> image, int offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(image[offset..]);
}
