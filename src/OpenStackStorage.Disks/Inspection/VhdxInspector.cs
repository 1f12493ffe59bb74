using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>VHDX. Specification: Microsoft [MS-VHDX], sections 2.2 (header), 2.2.3 (region table), 2.6 (metadata).</summary>
internal sealed class VhdxInspector : FormatInspector
{
    private const int RegionTableOffset = 192 << 10;
    private const int RegionTableHeader = 16; // signature 4, checksum 4, entry count 4, reserved 4
    private const int MetadataTableHeader = 32; // signature 8, reserved 2, entry count 2, reserved 20
    private const int EntryLength = 32;
    private const int MaximumEntries = 2047;
    private const int MaximumItemLength = 64 << 10;
    private const uint HasParent = 2; // File Parameters, bytes 4-7, bit 1

    private static readonly Guid MetadataRegion = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");
    private static readonly Guid VirtualDiskSize = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static readonly Guid FileParameters = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");

    public override string Name => "vhdx";

    protected override int HeaderLength => 256 << 10;

    public override bool Matches(InspectionSource source) => source.Head.StartsWith("vhdxfile"u8);

    public override long? VirtualSize(InspectionSource source)
    {
        try
        {
            return Bytes(BinaryPrimitives.ReadUInt64LittleEndian(Item(source, VirtualDiskSize, "Virtual Disk Size", out _)), 1);
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        List<SafetyFinding> findings = [];
        if (source.Length < HeaderLength)
            return findings; // "incomplete" says it all
        try
        {
            Item(source, VirtualDiskSize, "Virtual Disk Size", out _);
            ReadOnlySpan<byte> parameters = Item(source, FileParameters, "File Parameters", out long offset);
            if ((BinaryPrimitives.ReadUInt32LittleEndian(parameters[4..]) & HasParent) != 0)
                findings.Add(Finding("parent", "The image is a differencing disk: it names a parent file.", offset + 4));
        }
        catch (ImageFormatException error)
        {
            findings.Add(Finding("malformed", error.Message, error.Offset));
        }

        return findings;
    }

    /// <summary>The first 8 bytes of a metadata item, which lies where two tables say.</summary>
    private static ReadOnlySpan<byte> Item(InspectionSource source, Guid id, string name, out long offset)
    {
        ReadOnlySpan<byte> header = source.Read(RegionTableOffset, RegionTableHeader);
        RequireSignature(source, header, "regi"u8, RegionTableOffset, "region table signature");
        uint regions = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        ReadOnlySpan<byte> region = Entry(source, RegionTableOffset, RegionTableHeader, regions, MetadataRegion, "metadata region", out long at);
        ulong metadata = BinaryPrimitives.ReadUInt64LittleEndian(region[16..]);
        RequireInside(source, metadata, MetadataTableHeader, at + 16, "metadata region offset");

        ReadOnlySpan<byte> table = source.Read((long)metadata, MetadataTableHeader);
        RequireSignature(source, table, "metadata"u8, (long)metadata, "metadata table signature");
        uint items = BinaryPrimitives.ReadUInt16LittleEndian(table[10..]);
        ReadOnlySpan<byte> item = Entry(source, (long)metadata, MetadataTableHeader, items, id, name, out at);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(item[20..]);
        if (length is < 8 or > MaximumItemLength)
            throw new ImageFormatException(source.Device, at + 20, $"{name} length", $"{length}", "8");
        ulong start = metadata + BinaryPrimitives.ReadUInt32LittleEndian(item[16..]);
        RequireInside(source, start, 8, at + 16, $"{name} offset");
        offset = (long)start;
        return source.Read(offset, 8);
    }

    /// <summary>The entry of a table whose first 16 bytes are the id. The header of the table lies within the file.</summary>
    private static ReadOnlySpan<byte> Entry(InspectionSource source, long table, int headerLength, uint count, Guid id, string name, out long offset)
    {
        if (count > MaximumEntries)
            throw new ImageFormatException(source.Device, table, $"entry count of the table with the {name}", $"{count}", $"at most {MaximumEntries}");
        ReadOnlySpan<byte> entries = source.Read(table + headerLength, (int)count * EntryLength);
        for (int i = 0; i < entries.Length; i += EntryLength)
        {
            if (new Guid(entries.Slice(i, 16)) != id)
                continue;
            offset = table + headerLength + i;
            return entries.Slice(i, EntryLength);
        }

        throw new ImageFormatException(source.Device, table, name, "no entry", "one");
    }

    private static void RequireSignature(InspectionSource source, ReadOnlySpan<byte> header, ReadOnlySpan<byte> signature, long offset, string field)
    {
        if (!header.StartsWith(signature))
            throw new ImageFormatException(source.Device, offset, field, Convert.ToHexString(header[..signature.Length]), Convert.ToHexString(signature));
    }

    private static void RequireInside(InspectionSource source, ulong offset, int length, long field, string name)
    {
        if (offset > (ulong)source.Length || source.Length - (long)offset < length)
            throw new ImageFormatException(source.Device, field, name, $"{offset}", $"{length} bytes within the file of {source.Length} bytes");
    }
}
