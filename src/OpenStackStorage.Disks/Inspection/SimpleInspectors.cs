using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>QED: OpenStack never accepts it. Specification: qemu, <c>docs/interop/qed_spec.rst</c>.</summary>
internal sealed class QedInspector : FormatInspector
{
    private const int ImageSizeOffset = 48; // 8 bytes

    public override string Name => "qed";

    public override bool Matches(InspectionSource source) => source.Head.StartsWith("QED\0"u8);

    public override long? VirtualSize(InspectionSource source) => Bytes(BinaryPrimitives.ReadUInt64LittleEndian(source.Head[ImageSizeOffset..]), 1);

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source) =>
        [Finding("banned", "OpenStack accepts no QED images.", 0)];
}

/// <summary>VDI, VirtualBox. Layout: VirtualBox, <c>VDICore.h</c>, header version 1.1.</summary>
internal sealed class VdiInspector : FormatInspector
{
    private const int SignatureOffset = 0x40; // 4 bytes
    private const int ImageTypeOffset = 0x4C; // 4 bytes: 1 dynamic, 2 static, 3 undo, 4 differencing
    private const int DiskSizeOffset = 0x170; // 8 bytes
    private const int LinkUuidOffset = 0x1A8; // 16 bytes; the parent's identity, all zero without a parent

    public override string Name => "vdi";

    public override bool Matches(InspectionSource source) => BinaryPrimitives.ReadUInt32LittleEndian(source.Head[SignatureOffset..]) == 0xBEDA107F;

    public override long? VirtualSize(InspectionSource source) => Bytes(BinaryPrimitives.ReadUInt64LittleEndian(source.Head[DiskSizeOffset..]), 1);

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(source.Head[ImageTypeOffset..]);
        if (type is 3 or 4)
            yield return Finding("parent", "The image is a differencing disk: it needs a parent file.", ImageTypeOffset);
        else if (source.Head.Slice(LinkUuidOffset, 16).ContainsAnyExcept((byte)0))
            yield return Finding("parent", "The image is linked to a parent file.", LinkUuidOffset);
    }
}

/// <summary>ISO 9660 (ECMA-119, 8.4) and UDF (ECMA-167, part 2): the volume descriptor at byte 32768.</summary>
internal sealed class IsoInspector : FormatInspector
{
    private const int DescriptorOffset = 32 << 10;
    private const int DescriptorLength = 2 << 10;
    private const byte PrimaryDescriptor = 1;
    private const int SpaceSizeOffset = 80; // logical blocks, 4 bytes little endian, then big endian
    private const int BlockSizeOffset = 128; // bytes, 2 bytes little endian, then big endian

    public override string Name => "iso";

    protected override int HeaderLength => DescriptorOffset + DescriptorLength;

    public override bool Matches(InspectionSource source)
    {
        ReadOnlySpan<byte> identifier = Descriptor(source).Slice(1, 5);
        return identifier.SequenceEqual("CD001"u8) || identifier.SequenceEqual("NSR02"u8) || identifier.SequenceEqual("NSR03"u8);
    }

    public override long? VirtualSize(InspectionSource source)
    {
        ReadOnlySpan<byte> descriptor = Descriptor(source);
        if (descriptor[0] != PrimaryDescriptor)
            return null;
        return Bytes(BinaryPrimitives.ReadUInt32LittleEndian(descriptor[SpaceSizeOffset..]), BinaryPrimitives.ReadUInt16LittleEndian(descriptor[BlockSizeOffset..]));
    }

    /// <summary>ISOs that also boot from a USB stick begin with a partition table; Glance's location.py takes them as iso too.</summary>
    public override bool MayCarry(FormatInspector other, InspectionSource source) => other is GptInspector;

    private static ReadOnlySpan<byte> Descriptor(InspectionSource source) => source.Read(DescriptorOffset, DescriptorLength);
}

/// <summary>LUKS. Specification: cryptsetup, "LUKS1 On-Disk Format Specification" 1.2.3.</summary>
internal sealed class LuksInspector : FormatInspector
{
    private const int VersionOffset = 6; // 2 bytes
    private const int PayloadOffset = 104; // sectors of 512 bytes, 4 bytes; version 1 only

    public override string Name => "luks";

    protected override int HeaderLength => 592;

    public override bool Matches(InspectionSource source) => source.Head.StartsWith(Magic);

    public override long? VirtualSize(InspectionSource source)
    {
        long payload = BinaryPrimitives.ReadUInt32BigEndian(source.Head[PayloadOffset..]) * 512L;
        return Version(source) == 1 && payload <= source.Length ? source.Length - payload : null;
    }

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        int version = Version(source);
        if (version != 1)
            yield return Finding("version", $"LUKS version {version} is not supported by OpenStack, only 1 is.", VersionOffset);
    }

    private static ReadOnlySpan<byte> Magic => [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE];

    private static int Version(InspectionSource source) => BinaryPrimitives.ReadUInt16BigEndian(source.Head[VersionOffset..]);
}
