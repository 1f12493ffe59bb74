using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>qcow2, and version 1 (qcow), which is never accepted. Specification: qemu, <c>docs/interop/qcow2.rst</c>.</summary>
internal sealed class Qcow2Inspector : FormatInspector
{
    private const int VersionOffset = 4;
    private const int BackingFileOffset = 8; // backing_file_offset, 8 bytes
    private const int SizeOffset = 24; // virtual size in bytes, 8 bytes
    private const int IncompatibleFeaturesOffset = 72; // version 3 only, 8 bytes
    private const int DataFileBit = 2;
    private const int FirstUnknownBit = 4; // bits 0 to 3 are known to oslo.utils

    public override string Name => "qcow2";

    public override bool Matches(InspectionSource source) => source.Head.StartsWith(Magic);

    public override long? VirtualSize(InspectionSource source) => Bytes(BinaryPrimitives.ReadUInt64BigEndian(source.Head[SizeOffset..]), 1);

    protected override IEnumerable<SafetyFinding> Check(InspectionSource source)
    {
        uint version = BinaryPrimitives.ReadUInt32BigEndian(source.Head[VersionOffset..]);
        ulong backingFile = BinaryPrimitives.ReadUInt64BigEndian(source.Head[BackingFileOffset..]);
        ulong features = BinaryPrimitives.ReadUInt64BigEndian(source.Head[IncompatibleFeaturesOffset..]);

        if (backingFile != 0)
            yield return Finding("backing_file", "The image names a backing file.", BackingFileOffset);

        // oslo.utils tests this bit in every version, though only version 3 has the field.
        if ((features & 1UL << DataFileBit) != 0)
        {
            yield return Finding("data_file", version == 3
                ? "The image names an external data file (incompatible bit 2)."
                : $"Bit 2 of bytes 72-79 is set. Version {version} has no feature bits there, but oslo.utils reads it as an external data file.",
                IncompatibleFeaturesOffset);
        }

        if (version is not (2 or 3))
            yield return Finding("unknown_features", $"Version {version} is not supported, only 2 and 3 are.", VersionOffset);
        else if (version == 3 && features >> FirstUnknownBit != 0)
            yield return Finding("unknown_features", $"Incompatible features are set that OpenStack does not accept: {NamesOf(features)}.", IncompatibleFeaturesOffset);
    }

    private static ReadOnlySpan<byte> Magic => [(byte)'Q', (byte)'F', (byte)'I', 0xFB];

    private static string NamesOf(ulong features)
    {
        List<string> names = [];
        for (int bit = FirstUnknownBit; bit < 64; bit++)
        {
            if ((features >> bit & 1) != 0)
                names.Add(bit == 4 ? "bit 4, extended L2" : $"bit {bit}");
        }

        return string.Join("; ", names);
    }
}
