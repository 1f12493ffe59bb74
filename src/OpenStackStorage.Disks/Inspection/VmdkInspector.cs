using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// VMDK: sparse extents with a descriptor inside, and descriptors as plain text, which qemu opens too.
/// Specification: VMware, "Virtual Disk Format 5.0". OpenStack accepts monolithicSparse and streamOptimized only.
/// </summary>
internal sealed class VmdkInspector : FormatInspector
{
    private const int DescriptorOffset = 512;
    private const int MaximumDescriptor = (1 << 20) - 1; // qemu, block/vmdk.c
    private const int ProbeLength = 512;
    private const int FooterLength = 1536; // footer marker, footer, end-of-stream marker
    private const int FooterMarker = 3;

    public override string Name => "vmdk";

    protected override int HeaderLength => 0;

    public override bool Matches(InspectionSource source) => HasSparseHeader(source) || IsBareExtent(source) || IsText(source);

    public override long? VirtualSize(InspectionSource source) =>
        HasSparseHeader(source) && FindDescriptor(source, out VmdkDescriptorText text) is null && text.HasAcceptedType
            ? Bytes(SparseHeader.Parse(source.Head).Capacity, 512)
            : null;

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        List<SafetyFinding> findings = [];
        if (IsBareExtent(source))
            return [Finding("descriptor", "The file is an ESX extent without a descriptor.", 0)];
        if (FindDescriptor(source, out VmdkDescriptorText text) is { } missing)
        {
            findings.Add(missing);
        }
        else
        {
            int start = HasSparseHeader(source) ? DescriptorOffset : 0;
            if (text.Check() is { } flaw)
                findings.Add(Finding("descriptor", flaw.Message, start + flaw.Position));
            if (text.FindParent() is { } position)
                findings.Add(Finding("parent", "The image names a parent file.", start + position));
        }

        if (HasSparseHeader(source) && SparseHeader.Parse(source.Head).HasFooter && CheckFooter(source) is { } footer)
            findings.Add(footer);
        return findings;
    }

    private static bool HasSparseHeader(InspectionSource source) => source.Head.StartsWith("KDMV"u8);

    /// <summary>vmfsSparse ("COWD") and seSparse extents; oslo.utils takes them as raw, qemu opens the former.</summary>
    private static bool IsBareExtent(InspectionSource source) =>
        source.Head.StartsWith("COWD"u8) || BinaryPrimitives.ReadUInt64LittleEndian(source.Head) == 0xCAFEBABE;

    /// <summary>Text as qemu finds it, by its first line, or as oslo.utils does: 512 printable bytes and a createType somewhere.</summary>
    private static bool IsText(InspectionSource source)
    {
        ReadOnlySpan<byte> head = source.Head[..(int)Math.Min(ProbeLength, source.Length)];
        return VmdkDescriptorText.BeginsWithVersion(head)
            || !head.IsEmpty && !head.ContainsAnyExcept(VmdkDescriptorText.Printable) && ReadText(source, 0, MaximumDescriptor).HasType;
    }

    /// <summary>Finds the descriptor; otherwise says why there is none.</summary>
    private SafetyFinding? FindDescriptor(InspectionSource source, out VmdkDescriptorText text)
    {
        text = default;
        if (!HasSparseHeader(source))
        {
            text = ReadText(source, 0, MaximumDescriptor);
            return null;
        }

        SparseHeader header = SparseHeader.Parse(source.Head);
        if (header.Version is < 1 or > 3)
            return Finding("descriptor", $"Version {header.Version} of the sparse header is not supported, only 1 to 3 are.", 4);
        if (header.DescriptorSector != DescriptorOffset / 512)
            return Finding("descriptor", $"The descriptor begins at sector {header.DescriptorSector}, not 1.", 28);
        int length = (int)Math.Min(header.DescriptorSectors, MaximumDescriptor / 512 + 1) * 512;
        length = Math.Min(length, MaximumDescriptor);
        if (source.Length - DescriptorOffset < length)
            return Finding("descriptor", $"The descriptor of {header.DescriptorSectors} sectors ends past the end of the file.", 36);
        text = ReadText(source, DescriptorOffset, length);
        return text.IsEmpty ? Finding("descriptor", "There is no descriptor.", DescriptorOffset) : null;
    }

    private static VmdkDescriptorText ReadText(InspectionSource source, long offset, int length) =>
        VmdkDescriptorText.Parse(source.Read(offset, (int)Math.Min(length, source.Length - offset)));

    /// <summary>A footer takes the header's place, so it must say the same.</summary>
    private SafetyFinding? CheckFooter(InspectionSource source)
    {
        long start = source.Length - FooterLength;
        if (start < 0)
            return Finding("footer", "The file is too short for the footer that its header announces.", source.Length);
        ReadOnlySpan<byte> bytes = source.Read(start, FooterLength);
        long at = start + 512;
        if (!bytes[512..].StartsWith("KDMV"u8))
            return Finding("footer", "The signatures of header and footer differ.", at);
        SparseHeader header = SparseHeader.Parse(source.Head);
        SparseHeader footer = SparseHeader.Parse(bytes[512..]);
        if (header.Version != footer.Version)
            return Finding("footer", "The versions of header and footer differ.", at + 4);
        if (header.Capacity != footer.Capacity)
            return Finding("footer", "The capacities of header and footer differ.", at + 12);
        if (header.DescriptorSector != footer.DescriptorSector || header.DescriptorSectors != footer.DescriptorSectors)
            return Finding("footer", "Header and footer point to different descriptors.", at + 28);
        if (footer.HasFooter)
            return Finding("footer", "The footer points to another footer.", at + 56);
        if (!IsMarker(bytes[..512], FooterMarker))
            return Finding("footer", "The footer marker is invalid.", start);
        bool endsStream = BinaryPrimitives.ReadUInt64LittleEndian(bytes[1024..]) == 0 && IsMarker(bytes[1024..], 0);
        return endsStream ? null : Finding("footer", "The end-of-stream marker is invalid.", start + 1024);
    }

    /// <summary>A marker: value 8 bytes, size 4, type 4, then zeroes to the end of the sector.</summary>
    private static bool IsMarker(ReadOnlySpan<byte> sector, uint type) =>
        BinaryPrimitives.ReadUInt32LittleEndian(sector[8..]) == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(sector[12..]) == type
        && !sector[16..].ContainsAnyExcept((byte)0);

    /// <summary>SparseExtentHeader, little endian and packed; sectors are of 512 bytes.</summary>
    private readonly record struct SparseHeader(uint Version, ulong Capacity, ulong DescriptorSector, ulong DescriptorSectors, ulong GrainDirectory)
    {
        /// <summary>GD_AT_END: the grain directory's place stands in the footer.</summary>
        public bool HasFooter => GrainDirectory == ulong.MaxValue;

        public static SparseHeader Parse(ReadOnlySpan<byte> bytes) => new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[36..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]));
    }
}
