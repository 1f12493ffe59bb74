using System.Text;
using static OpenStackStorage.Disks.Tests.VhdxTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>An image made wrong in one place, and what must be said about it.</summary>
/// <param name="Offset">Byte of the file that the message must name; null where it is a feature that is refused.</param>
/// <param name="Field">Part of the field's name, or of the feature's.</param>
internal sealed record VhdxMalformedCase(VhdxTestImage Image, long? Offset, string Field);

/// <summary>Images that reading must refuse. The numbers are those of the list of malformed cases in the format notes.</summary>
internal static class VhdxMalformedCases
{
    private static readonly Guid Unknown = new("deadbeef-0000-4000-8000-000000000000");
    private static readonly byte[] Sector = [.. Enumerable.Repeat((byte)0xAB, 4096)];

    public static readonly Dictionary<string, Func<VhdxMalformedCase>> Refused = new()
    {
        ["30 no signature"] = () => At(Create().Damage(0), 0, "file identifier Signature"),
        ["30 both headers with a bad checksum"] = () => At(Create().Damage(Header1 + 100).Damage(Header2 + 100), Header1, "header"),
        ["30 both headers without a signature"] = () => At(Create().Set32(Header1, 0).Set32(Header2, 0), Header1, "header"),
        ["30 two headers with one sequence number"] = () => At(Create().Set64(Header1 + 8, 2).SetGuid(Header1 + 16, Unknown), Header2 + 8, "SequenceNumber"),
        ["30 version 0"] = () => Feature(Create().Set16(Header2 + 66, 0), "VHDX version 0"),
        ["30 version 2"] = () => Feature(Create().Set16(Header2 + 66, 2), "VHDX version 2"),
        ["30 log unaligned"] = () => At(Create().Set64(Header2 + 72, MiB + 4096), Header2 + 72, "LogOffset"),
        ["30 log at 0"] = () => At(Create().Set64(Header2 + 72, 0), Header2 + 72, "LogOffset"),
        ["30 log out of the file"] = () => At(Create().Set64(Header2 + 72, 1UL << 40), Header2 + 72, "LogOffset"),
        ["30 log at 2^64-1 MiB"] = () => At(Create().Set64(Header2 + 72, ulong.MaxValue - MiB + 1), Header2 + 72, "LogOffset"),
        ["30 log longer than the file"] = () => At(Create().Set32(Header2 + 68, 3U << 30), Header2 + 72, "LogOffset"),
        ["30 log length unaligned"] = () => At(Create().Set32(Header2 + 68, 4096), Header2 + 68, "LogLength"),
        ["30 log over the metadata"] = () => At(Create().Set32(Header2 + 68, 2 * MiB), Regions1, "region table"),
        ["30 both region tables with a bad checksum"] = () => At(Create().Damage(Regions1 + 200).Damage(Regions2 + 200), Regions1, "region table"),
        ["30 2048 regions"] = () => At(Create().Set32(Regions1 + 8, 2048), Regions1 + 8, "EntryCount"),
        ["30 2^32-1 regions"] = () => At(Create().Set32(Regions1 + 8, uint.MaxValue), Regions1 + 8, "EntryCount"),
        ["30 no regions"] = () => At(Create().Set32(Regions1 + 8, 0), Regions1 + 8, "region table"),
        ["30 no metadata region"] = () => At(Create().Set32(Regions1 + 8, 1), Regions1 + 8, "region table"),
        ["30 region unaligned"] = () => At(Create().Set64(Regions1 + 32, Bat + 4096), Regions1 + 32, "BAT region FileOffset"),
        ["30 region at 0"] = () => At(Create().Set64(Regions1 + 32, 0), Regions1 + 32, "BAT region FileOffset"),
        ["30 region out of the file"] = () => At(Create().Set64(Regions1 + 32, 1UL << 50), Regions1 + 32, "BAT region FileOffset"),
        ["30 region at 2^64-1 MiB"] = () => At(Create().Set64(Regions1 + 32, ulong.MaxValue - MiB + 1), Regions1 + 32, "BAT region FileOffset"),
        ["30 region of no bytes"] = () => At(Create().Set32(Regions1 + 40, 0), Regions1 + 40, "BAT region Length"),
        ["30 region longer than the file"] = () => At(Create().Set32(Regions1 + 40, 0xFFF00000), Regions1 + 40, "BAT region Length"),
        ["30 region length unaligned"] = () => At(Create().Set32(Regions1 + 40, MiB + 1), Regions1 + 40, "BAT region Length"),
        ["30 regions that overlap"] = () => At(Create().Set64(Regions1 + 32, Metadata), Regions1, "region table"),
        ["30 region over the log"] = () => At(Create().Set64(Regions1 + 32, Log), Regions1, "region table"),
        ["30 region twice"] = () => At(Create().SetBytes(Regions1 + 48, VhdxRegionTable.BatId.ToByteArray()), Regions1 + 48, "region table entry 1"),
        ["30 unknown region that is required"] = () => Feature(AddRegion(required: 1), $"region {Unknown}"),
        ["31 no metadata signature"] = () => At(Create().Damage(Metadata), Metadata, "metadata table signature"),
        ["31 2048 metadata items"] = () => At(Create().Set16(Metadata + 10, 2048), Metadata + 10, "EntryCount"),
        ["31 item twice"] = () => At(Create().SetBytes(Entry(1), Create().Bytes.AsSpan(Entry(0), 16)), Entry(1), "entry 1 ItemId"),
        ["31 item in the table"] = () => At(Create().Set32(Entry(0) + 16, 4096), Entry(0) + 16, "Offset"),
        ["31 item outside the region"] = () => At(Create().Set32(Entry(0) + 16, MiB - 4), Entry(0) + 16, "Offset"),
        ["31 item at 4 GiB"] = () => At(Create().Set32(Entry(0) + 16, uint.MaxValue), Entry(0) + 16, "Offset"),
        ["31 item longer than 1 MiB"] = () => At(Create().Set32(Entry(0) + 20, uint.MaxValue), Entry(0) + 20, "Length"),
        ["31 item of another length"] = () => At(Create().Set32(Entry(4) + 20, 8), Entry(4) + 20, "PhysicalSectorSize Length"),
        ["31 items that overlap"] = () => At(Create().Set32(Entry(1) + 16, 65536 + 4), Entry(1) + 16, "metadata item Offset"),
        ["31 empty item with an offset"] = () => At(Create().Set32(Entry(2) + 20, 0), Entry(2) + 16, "Offset"),
        ["31 no file parameters"] = () => At(Create().SetGuid(Entry(0), Unknown).Set32(Entry(0) + 24, 0), Metadata, "File Parameters"),
        ["31 unknown item that is required"] = () => Feature(Create().SetGuid(Entry(0), Unknown), $"metadata item {Unknown}"),
        ["31 user item that is required"] = () => Feature(Create().Set32(Entry(4) + 24, 5), "metadata item cda348c7"),
        ["31 block size 0"] = () => At(Create().Set32(Items, 0), Items, "BlockSize"),
        ["31 block size 512 KiB"] = () => At(Create().Set32(Items, MiB / 2), Items, "BlockSize"),
        ["31 block size 3 MiB"] = () => At(Create().Set32(Items, 3 * MiB), Items, "BlockSize"),
        ["31 block size 512 MiB"] = () => At(Create().Set32(Items, 512 * MiB), Items, "BlockSize"),
        ["31 block size 2^31"] = () => At(Create().Set32(Items, 1U << 31), Items, "BlockSize"),
        ["31 logical sectors of 520 bytes"] = () => At(Create().Set32(Items + 32, 520), Items + 32, "LogicalSectorSize"),
        ["31 logical sectors of 0 bytes"] = () => At(Create().Set32(Items + 32, 0), Items + 32, "LogicalSectorSize"),
        ["31 physical sectors of 8192 bytes"] = () => At(Create().Set32(Items + 36, 8192), Items + 36, "PhysicalSectorSize"),
        ["31 size beyond 64 TiB"] = () => At(Create().Set64(Items + 8, (64UL << 40) + 512), Items + 8, "VirtualDiskSize"),
        ["31 size 2^64-512"] = () => At(Create().Set64(Items + 8, ulong.MaxValue - 511), Items + 8, "VirtualDiskSize"),
        ["31 size that is no whole number of sectors"] = () => At(Create().Set64(Items + 8, MiB + 1), Items + 8, "VirtualDiskSize"),
        ["31 size beyond the BAT"] = () => At(Create().Set64(Items + 8, 1UL << 40), Bat, "BAT region Length"),
        ["32 state 4"] = () => At(Create().SetBat(1, (VhdxBlockState)4, 0), Bat + 8, "BAT entry of block 1"),
        ["32 state 5"] = () => At(Create().SetBat(1, (VhdxBlockState)5, 0), Bat + 8, "BAT entry of block 1"),
        ["32 reserved bits"] = () => At(Create().Set64(Bat + 8, 0x42), Bat + 8, "BAT entry of block 1"),
        ["32 partially present without a parent"] = () => At(Create().SetBat(2, VhdxBlockState.PartiallyPresent, 5 * MiB), Bat + 16, "BAT entry of block 2"),
        ["32 block at 0"] = () => At(Create().SetBat(2, VhdxBlockState.FullyPresent, 0), Bat + 16, "BAT entry of block 2"),
        ["32 block out of the file"] = () => At(Create().SetBat(2, VhdxBlockState.FullyPresent, 1L << 40), Bat + 16, "BAT entry of block 2"),
        ["32 block at 2^64-1 MiB"] = () => At(Create().SetBat(2, VhdxBlockState.FullyPresent, -MiB), Bat + 16, "BAT entry of block 2"),
        ["32 block across the end of the file"] = () => At(Cut(), Bat + 16, "BAT entry of block 2"),
        ["32 block over the log"] = () => At(Create().SetBat(2, VhdxBlockState.FullyPresent, Log), Bat + 16, "BAT entry of block 2"),
        ["32 block over the BAT"] = () => At(Create().SetBat(2, VhdxBlockState.FullyPresent, Bat), Bat + 16, "BAT entry of block 2"),
        ["33 log of another version"] = () => Feature(Create().SetLog(Good()).Set16(Header2 + 64, 1), "VHDX log version 1"),
        ["33 log of no bytes"] = () => At(Create().SetLog(Good()).Set32(Header2 + 68, 0), Header2 + 68, "LogLength"),
        ["33 nothing in the log"] = () => NoSequence(),
        ["33 entries with another GUID"] = () => NoSequence(Good(guid: Unknown)),
        ["33 entries with no GUID"] = () => NoSequence(Good(guid: Guid.Empty)),
        ["33 a bad checksum"] = () => NoSequence(Good(damage: bytes => bytes[5000] ^= 1)),
        ["33 no signature"] = () => NoSequence(Good(tamper: bytes => bytes[0] = 0)),
        ["33 sequence number 0"] = () => NoSequence(new VhdxTestEntry(0, 0, 0).Write(Bat, Sector)),
        ["33 more descriptors than the entry holds"] = () => NoSequence(Good(descriptors: 127)),
        ["33 2^32-1 descriptors"] = () => NoSequence(Good(descriptors: uint.MaxValue)),
        ["33 an entry longer than its sectors"] = () => NoSequence(Good(length: 16384)),
        ["33 an entry of no bytes"] = () => NoSequence(Good(length: 0)),
        ["33 an entry that ends within a sector"] = () => NoSequence(Good(length: 8000)),
        ["33 an entry longer than the log"] = () => NoSequence(Good(length: 2 * MiB)),
        ["33 a descriptor of no known kind"] = () => NoSequence(Good(tamper: bytes => bytes[64] = 0)),
        ["33 a descriptor of another entry"] = () => NoSequence(Good(tamper: bytes => bytes[64 + 24]++)),
        ["33 a data sector of another entry"] = () => NoSequence(Good(tamper: bytes => bytes[8191]++)),
        ["33 no data sector"] = () => NoSequence(Good(tamper: bytes => bytes[4096] = 0)),
        ["33 an entry inside another one"] = () => NoSequence(new VhdxTestEntry(0, 1, 0) { Length = 12288, Tamper = bytes => { } }.Write(Bat, Sector), new VhdxTestEntry(2, 2, 100)),
        ["33 a tail outside the sequence"] = () => NoSequence(new VhdxTestEntry(0, 1, 50).Write(Bat, Sector)),
        ["33 a tail outside the log"] = () => NoSequence(new VhdxTestEntry(0, 1, 256).Write(Bat, Sector)),
        ["33 a tail in the middle of an entry"] = () => NoSequence(new VhdxTestEntry(0, 1, 1).Write(Bat, Sector)),
        ["33 a tail behind a gap in the numbers"] = () => NoSequence(new VhdxTestEntry(0, 1, 7), new VhdxTestEntry(1, 3, 0)),
        ["33 tails that name each other"] = () => NoSequence(new VhdxTestEntry(0, 1, 10), new VhdxTestEntry(10, 5, 0)),
        ["33 a file shorter than the log says"] = () => At(Create().SetLog(new VhdxTestEntry(0, 1, 0) { Flushed = 100 << 20 }), Log + 48, "FlushedFileOffset"),
        ["33 a file of 2^64-1 bytes"] = () => At(Create().SetLog(new VhdxTestEntry(0, 1, 0) { Last = ulong.MaxValue }), Log + 56, "LastFileOffset"),
        ["33 a change of the file identifier"] = () => Change(new VhdxTestEntry(0, 1, 0).Write(0, Sector)),
        ["33 a change of a header"] = () => Change(new VhdxTestEntry(0, 1, 0).Write(Header2, Sector)),
        ["33 zeroes from a header on"] = () => Change(new VhdxTestEntry(0, 1, 0).Zero(Header1, 256 << 10)),
        ["33 a change of the log"] = () => Change(new VhdxTestEntry(0, 1, 0).Write(Log + 8192, Sector)),
        ["33 zeroes across the log"] = () => Change(new VhdxTestEntry(0, 1, 0).Zero(320 << 10, 2 * MiB)),
        ["33 a change behind the end of the file"] = () => Change(new VhdxTestEntry(0, 1, 0).Write(1UL << 40, Sector)),
        ["33 a change whose end wraps around"] = () => Change(new VhdxTestEntry(0, 1, 0).Zero(ulong.MaxValue - 4095, 8192)),
        ["33 a change that is not aligned"] = () => Change(new VhdxTestEntry(0, 1, 0).Write(Bat + 512, Sector)),
        ["33 zeroes of half a sector"] = () => At(Create().SetLog(new VhdxTestEntry(0, 1, 0).Zero(Bat, 512)), Log + 64 + 8, "ZeroLength"),
        ["33 a replayed BAT that is wrong"] = () => At(Create().SetLog(new VhdxTestEntry(0, 1, 0).Write(Bat, Sector)), Bat, "BAT entry of block 0"),
        ["parent locator missing"] = () => At(Create().Set32(Items + 4, 2), Metadata, "Parent Locator"),
        ["parent locator of another type"] = () => Feature(Child().SetGuid(Items + 40, Unknown), "parent locator type"),
        ["parent locator with too many entries"] = () => At(Child().Set16(Items + 58, ushort.MaxValue), Items + 58, "KeyValueCount"),
        ["parent locator key outside the item"] = () => At(Child().Set32(Items + 60, 60_000), Items + 60, "entry 0 KeyOffset"),
        ["parent locator key at 2^32-1"] = () => At(Child().Set32(Items + 60, uint.MaxValue), Items + 60, "entry 0 KeyOffset"),
        ["parent locator value outside the item"] = () => At(Child().Set32(Items + 64, 60_000), Items + 64, "entry 0 ValueOffset"),
        ["parent locator value of odd length"] = () => At(Child().Set16(Items + 70, 77), Items + 64, "entry 0 ValueOffset"),
        ["parent locator without a linkage"] = () => At(Child().SetBytes(Items + 40 + 20 + 24, Encoding.Unicode.GetBytes("PARENT")), Items + 40, "parent_linkage"),
        ["parent locator with a linkage that is no GUID"] = () => At(Child().SetBytes(Items + 40 + 20 + 24 + 28, Encoding.Unicode.GetBytes("(")), Items + 40, "parent_linkage"),
        ["parent locator without a path"] = () => At(Child().Set16(Items + 58, 1), Items + 40, "Parent Locator"),
        ["parent locator with a key twice"] = () => At(Child().SetBytes(Items + 72, Child().Bytes.AsSpan(Items + 60, 12)), Items + 72, "entry 1"),
    };

    private static int Entry(int index) => Metadata + 32 + (index * 32);

    private static VhdxTestEntry Good(Guid? guid = null, uint? descriptors = null, uint? length = null, Action<byte[]>? tamper = null, Action<byte[]>? damage = null) =>
        new VhdxTestEntry(0, 1, 0) { Guid = guid ?? LogGuid, Descriptors = descriptors, Length = length, Tamper = tamper, Damage = damage }.Write(Bat, Sector);

    private static VhdxTestImage Child() => CreateDifferencing(out _, out _);

    private static VhdxMalformedCase At(VhdxTestImage image, long offset, string field) => new(image, offset, field);

    private static VhdxMalformedCase Feature(VhdxTestImage image, string name) => new(image, null, name);

    private static VhdxMalformedCase NoSequence(params VhdxTestEntry[] entries) => At(Create().SetLog(entries), Log, "log");

    private static VhdxMalformedCase Change(VhdxTestEntry entry) => At(Create().SetLog(entry), Log + 64 + 16, "log descriptor FileOffset");

    private static VhdxTestImage Cut()
    {
        VhdxTestImage image = Create();
        return image.SetBat(4, VhdxBlockState.Zero, 0).Resize((int)(image.Get64(Bat + 16) >> 20 << 20) + MiB - 1);
    }

    private static VhdxTestImage AddRegion(uint required)
    {
        VhdxTestImage image = Create();
        long end = image.Bytes.Length;
        image.Resize((int)end + MiB);
        foreach (int table in new[] { Regions1, Regions2 })
            image.Set32(table + 8, 3).SetGuid(table + 80, Unknown).Set64(table + 96, (ulong)end).Set32(table + 104, MiB).Set32(table + 108, required);
        return image;
    }

    public static VhdxTestImage WithOptionalRegion() => AddRegion(required: 0);
}
