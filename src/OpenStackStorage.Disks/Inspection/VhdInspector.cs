using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// VHD (qemu's vpc). Specification: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0.
/// oslo.utils looks for the footer's copy at the start only; the footer at the end, all that a fixed disk has, is found here too.
/// </summary>
internal sealed class VhdInspector : FormatInspector
{
    private const int CurrentSizeOffset = 48; // 8 bytes; oslo.utils takes Original Size at 40, which a resize leaves behind
    private const int DiskTypeOffset = 60; // 4 bytes
    private const uint FixedDisk = 2;
    private const uint DifferencingDisk = 4;

    public override string Name => "vhd";

    public override bool Matches(InspectionSource source) => HasHeader(source) || HasFooter(source);

    public override long? VirtualSize(InspectionSource source)
    {
        ReadOnlySpan<byte> footer = HasHeader(source) ? source.Head : source.Tail;
        return Bytes(BinaryPrimitives.ReadUInt64BigEndian(footer[CurrentSizeOffset..]), 1);
    }

    /// <summary>A fixed VHD is a raw disk with 512 bytes behind it: the disk's partition table stands at its start.</summary>
    public override bool MayCarry(FormatInspector other, InspectionSource source) =>
        other is GptInspector && !HasHeader(source) && DiskType(source.Tail) == FixedDisk;

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        if (HasHeader(source) && DiskType(source.Head) == DifferencingDisk)
            yield return Finding("parent", "The image is a differencing disk: it names a parent file.", DiskTypeOffset);
        else if (HasFooter(source) && DiskType(source.Tail) == DifferencingDisk)
            yield return Finding("parent", "The image is a differencing disk: it names a parent file.", source.Length - source.Tail.Length + DiskTypeOffset);
    }

    private static bool HasHeader(InspectionSource source) => source.Head.StartsWith("conectix"u8);

    private static bool HasFooter(InspectionSource source) => source.Tail.StartsWith("conectix"u8);

    private static uint DiskType(ReadOnlySpan<byte> footer) => BinaryPrimitives.ReadUInt32BigEndian(footer[DiskTypeOffset..]);
}
