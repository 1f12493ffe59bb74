using static OpenStackStorage.Disks.Tests.VhdTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A VHD made wrong in one place, and what must be said about it.</summary>
/// <param name="Offset">Byte of the file that the message must name; null where it is a feature that is refused.</param>
/// <param name="Field">Part of the field's name, or of the feature's.</param>
internal sealed record VhdMalformedCase(VhdTestImage Image, long? Offset, string Field);

/// <summary>VHDs that reading must refuse.</summary>
internal static class VhdMalformedCases
{
    public static readonly Dictionary<string, Func<VhdMalformedCase>> Refused = new()
    {
        ["footer: both checksums wrong"] = () => Both(12, 0x10001, seal: false, image => image.Footer + 64, "Checksum"),
        ["footer: cut off, and the copy's checksum wrong"] = () => Case(image =>
        {
            image.Truncate(image.Bytes.Length - 512);
            image.Bytes[100] = 1;
            return 64;
        }, "Checksum", seal: false),
        ["footer: only a fixed disk's copy"] = () => Case(image =>
        {
            image.Set32(60, 2);
            image.Seal();
            image.Bytes[image.Footer] = 0;
            return image.Footer;
        }, "Cookie", seal: false),
        ["footer: a fixed disk with one at its start"] = () =>
        {
            byte[] disk = DefaultDisk();
            Create().Bytes.AsSpan(0, 512).CopyTo(disk);
            return new VhdMalformedCase(Create("fixed", disk), 0, "Cookie");
        },
        ["footer: the copy has another type"] = () => Patch(60, 4, "Disk Type", offset: 0),
        ["footer: the copy has another data offset"] = () => Patch(20, 1024, "Data Offset", offset: 0),
        ["footer: the copy has another size"] = () => Patch(52, 4 << 20, "Current Size", offset: 0),
        ["footer: the copy has another id"] = () => Patch(70, 1, "Unique Id", offset: 0),
        ["footer: version 2"] = () => Both(12, 0x20000, seal: true, _ => null, "VHD version 2.0"),
        ["footer: type 0"] = () => Both(60, 0, seal: true, image => image.Footer + 60, "Disk Type"),
        ["footer: type 5"] = () => Both(60, 5, seal: true, image => image.Footer + 60, "Disk Type"),
        ["footer: type 2^32-1"] = () => Both(60, uint.MaxValue, seal: true, image => image.Footer + 60, "Disk Type"),
        ["footer: size no sectors"] = () => Both(52, DiskSize - 1, seal: true, image => image.Footer + 48, "Current Size"),
        ["footer: size above 2040 GiB"] = () => Both64(48, (2040UL << 30) + 512, "Current Size"),
        ["footer: size 2^64-512"] = () => Both64(48, ulong.MaxValue - 511, "Current Size"),
        ["footer: a fixed disk larger than the file"] = () => Case(image =>
        {
            image.Set64(image.Footer + 48, DiskSize + 512);
            return image.Footer + 48;
        }, "Current Size", make: () => Create("fixed")),
        ["footer: fixed with the size of a dynamic one"] = () => Case(image =>
        {
            image.Bytes.AsSpan(0, 512).Clear();
            image.Set32(image.Footer + 60, 2);
            return image.Footer + 48;
        }, "Current Size"),
        ["footer: data offset 0"] = () => Both64(16, 0, "Data Offset"),
        ["footer: data offset unaligned"] = () => Both64(16, 513, "Data Offset"),
        ["footer: data offset past the end"] = () => Both64(16, 1UL << 40, "Data Offset"),
        ["footer: data offset 2^64-512"] = () => Both64(16, ulong.MaxValue - 511, "Data Offset"),
        ["header: no cookie"] = () => Patch(Header, 0, "Cookie"),
        ["header: checksum"] = () => Patch(Header + 40, 7, "Checksum", seal: false, offset: Header + 36),
        ["header: version 2"] = () => Patch(Header + 24, 0x20000, "dynamic header version 2.0") with { Offset = null },
        ["header: block size 0"] = () => Patch(Header + 32, 0, "Block Size"),
        ["header: block size 256"] = () => Patch(Header + 32, 256, "Block Size"),
        ["header: block size not a power of two"] = () => Patch(Header + 32, 3 << 20, "Block Size"),
        ["header: block size 0x78563412"] = () => Patch(Header + 32, 0x78563412, "Block Size"),
        ["header: block size 2 GiB"] = () => Patch(Header + 32, 1u << 31, "Block Size"),
        ["header: too few entries"] = () => Patch(Header + 28, 2, "Max Table Entries"),
        ["header: block size too small for the entries"] = () => Patch(Header + 32, 512, "Max Table Entries", offset: Header + 28),
        ["header: 2^32-1 entries"] = () => Patch(Header + 28, uint.MaxValue, "Max Table Entries"),
        ["header: more entries than the file is long"] = () => Patch(Header + 28, 4 << 20, "Table Offset", offset: Header + 16),
        ["header: table past the end"] = () => Patch(Header + 16, 1, "Table Offset"),
        ["header: table at 0"] = () => Patch(Header + 20, 0, "Table Offset", offset: Header + 16),
        ["header: table unaligned"] = () => Patch(Header + 20, 1537, "Table Offset", offset: Header + 16),
        ["header: table over the header"] = () => Patch(Header + 20, 1024, "Table Offset", offset: Header + 16),
        ["table: block past the end"] = () => Patch(Table, 0x00100000, "BAT entry 0"),
        ["table: block at 2 TiB"] = () => Patch(Table, uint.MaxValue - 1, "BAT entry 0"),
        ["table: block over the footer"] = () => Case(image =>
        {
            image.Set32(Table + 8, (uint)(image.Block(2) / 512) + 1);
            return Table + 8;
        }, "BAT entry 2"),
        ["table: block over the copy of the footer"] = () => Patch(Table, 0, "BAT entry 0"),
        ["table: block over the header"] = () => Patch(Table, 2, "BAT entry 0"),
        ["table: block over the table"] = () => Patch(Table, 3, "BAT entry 0"),
        ["table: two entries of one block"] = () => Case(image =>
        {
            image.Set32(Table + 4, image.Get32(Table + 8));
            return Table + 8;
        }, "BAT entry 2"),
        ["table: a block within another"] = () => Case(image =>
        {
            image.Set32(Table + 4, image.Get32(Table) + 1);
            return Table + 4;
        }, "BAT entry 1"),
        ["parent: locator past the end"] = () => Child(image =>
        {
            image.Set32(Header + 576 + 16, 1);
            return Header + 576 + 16;
        }, "Platform Data Offset"),
        ["parent: locator of 4 GiB"] = () => Child(image =>
        {
            image.Set32(Header + 576 + 8, uint.MaxValue);
            return Header + 576 + 8;
        }, "Platform Data Length"),
        ["parent: no name at all"] = () => Child(image =>
        {
            image.Bytes.AsSpan(Header + 64, 512).Clear();
            image.Set32(Header + 576, 0x4A554E4B); // "JUNK"
            return Header + 64;
        }, "Parent Unicode Name"),
        ["parent: a dynamic disk that says it has one"] = () => Case(image =>
        {
            image.Set32(60, 4);
            image.Set32(image.Footer + 60, 4);
            return Header + 64;
        }, "Parent Unicode Name"),
        ["cut to the magic"] = () => Case(image =>
        {
            image.Truncate(8);
            return 0;
        }, "Hard Disk Footer", seal: false),
        ["cut to the copy of the footer"] = () => Case(image =>
        {
            image.Truncate(512);
            return 16;
        }, "Data Offset", seal: false),
        ["cut in half"] = () => Case(image =>
        {
            image.Truncate(3 << 20);
            return Table + 8;
        }, "BAT entry 2", seal: false),
    };

    private static VhdMalformedCase Patch(int at, uint value, string field, bool seal = true, long? offset = null) => Case(image =>
    {
        image.Set32(at, value);
        return offset ?? at;
    }, field, seal);

    /// <summary>Patches the footer and its copy.</summary>
    private static VhdMalformedCase Both(int at, uint value, bool seal, Func<VhdTestImage, long?> offset, string field) => Case(image =>
    {
        image.Set32(at, value);
        image.Set32(image.Footer + at, value);
        return offset(image);
    }, field, seal);

    private static VhdMalformedCase Both64(int at, ulong value, string field) => Case(image =>
    {
        image.Set64(at, value);
        image.Set64(image.Footer + at, value);
        return image.Footer + at;
    }, field);

    private static VhdMalformedCase Child(Func<VhdTestImage, long?> patch, string field) => Case(patch, field, make: () => CreateChild(Create(), new byte[DiskSize]));

    private static VhdMalformedCase Case(Func<VhdTestImage, long?> patch, string field, bool seal = true, Func<VhdTestImage>? make = null)
    {
        VhdTestImage image = make is null ? Create() : make();
        long? offset = patch(image);
        if (seal)
            image.Seal();
        return new VhdMalformedCase(image, offset, field);
    }
}
