using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// A raw disk with a partition table, MBR or GPT: both begin with an MBR.
/// Specification: UEFI 2.10, section 5.2. The rules are those of oslo.utils' GPTInspector.
/// </summary>
internal sealed class GptInspector : FormatInspector
{
    private const int EntriesOffset = 446; // 4 entries of 16 bytes
    private const int EntryLength = 16;
    private const int SignatureOffset = 510; // 55 AA
    private const byte GptProtective = 0xEE;
    private const int FatCountOffset = 16; // BPB_NumFATs
    private const int FatMediaOffset = 21; // BPB_Media
    private const byte FixedMedia = 0xF8;

    public override string Name => "gpt";

    public override bool Matches(InspectionSource source)
    {
        ReadOnlySpan<byte> sector = source.Head;
        bool isFat = sector[FatCountOffset] == 2 && sector[FatMediaOffset] == FixedMedia;
        return BinaryPrimitives.ReadUInt16LittleEndian(sector[SignatureOffset..]) == 0xAA55 && !isFat;
    }

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        int used = 0;
        bool hasGpt = false;
        for (int i = 0; i < 4; i++)
        {
            int offset = EntriesOffset + EntryLength * i;
            Entry entry = Entry.Parse(source.Head[offset..]);
            if (entry.BootFlag is not (0 or 0x80))
                return [Finding("mbr", $"Partition entry {i} has the boot flag 0x{entry.BootFlag:X2}; 00 and 80 are valid.", offset)];
            if (entry.Type != 0)
                used |= 1 << i;
            if (entry.Type != GptProtective)
                continue;
            hasGpt = true;
            if (entry.StartChs != (0, 2, 0))
                return [Finding("mbr", $"The protective entry {i} of a GPT starts at another CHS address than 0/2/0.", offset + 1)];
            if (entry.StartLba != 1)
                return [Finding("mbr", $"The protective entry {i} of a GPT starts at sector {entry.StartLba}, not 1.", offset + 8)];
        }

        if (hasGpt && used != 1)
            return [Finding("mbr", "The protective entry of a GPT is not the first and only one.", EntriesOffset)];
        return used == 0 ? [Finding("mbr", "The partition table has no partitions.", EntriesOffset)] : [];
    }

    private readonly record struct Entry(byte BootFlag, (byte, byte, byte) StartChs, byte Type, uint StartLba)
    {
        public static Entry Parse(ReadOnlySpan<byte> bytes) =>
            new(bytes[0], (bytes[1], bytes[2], bytes[3]), bytes[4], BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
    }
}
