using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

// Formats that oslo.utils takes as raw, though qemu opens them by their signature when it is told no format.

/// <summary>DMG, Apple disk image: the "koly" block in the last 512 bytes. Layout: qemu, <c>block/dmg.c</c>.</summary>
internal sealed class DmgInspector : FormatInspector
{
    private const int SectorCountOffset = 492; // 8 bytes

    public override string Name => "dmg";

    public override bool Matches(InspectionSource source) => source.Tail.StartsWith("koly"u8);

    public override long? VirtualSize(InspectionSource source) => Bytes(BinaryPrimitives.ReadUInt64BigEndian(source.Tail[SectorCountOffset..]), 512);
}

/// <summary>Parallels. Specification: qemu, <c>docs/interop/parallels.rst</c>.</summary>
internal sealed class ParallelsInspector : FormatInspector
{
    private const int SectorsOffset = 36; // 8 bytes; the older magic uses the first 4

    public override string Name => "parallels";

    public override bool Matches(InspectionSource source) => IsOld(source) || source.Head.StartsWith("WithouFreSpacExt"u8);

    public override long? VirtualSize(InspectionSource source)
    {
        ulong sectors = BinaryPrimitives.ReadUInt64LittleEndian(source.Head[SectorsOffset..]);
        return Bytes(IsOld(source) ? (uint)sectors : sectors, 512);
    }

    private static bool IsOld(InspectionSource source) => source.Head.StartsWith("WithoutFreeSpace"u8);
}

/// <summary>Bochs redolog. Layout: qemu, <c>block/bochs.c</c>.</summary>
internal sealed class BochsInspector : FormatInspector
{
    private const int VersionOffset = 64; // 4 bytes: 0x10000 or 0x20000
    private const int DiskSizeOffset = 88; // 8 bytes
    private const int DiskSizeOffsetOfVersion1 = 84;

    public override string Name => "bochs";

    public override bool Matches(InspectionSource source) => source.Head.StartsWith("Bochs Virtual HD Image"u8);

    public override long? VirtualSize(InspectionSource source)
    {
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source.Head[VersionOffset..]);
        return Bytes(BinaryPrimitives.ReadUInt64LittleEndian(source.Head[(version == 0x10000 ? DiskSizeOffsetOfVersion1 : DiskSizeOffset)..]), 1);
    }
}

/// <summary>cloop, the compressed loop device, version 2. Layout: qemu, <c>block/cloop.c</c>.</summary>
internal sealed class CloopInspector : FormatInspector
{
    private const int BlockSizeOffset = 128; // 4 bytes
    private const int BlockCountOffset = 132; // 4 bytes

    public override string Name => "cloop";

    public override bool Matches(InspectionSource source) => source.Head.StartsWith("#!/bin/sh\n#V2.0 Format\n"u8);

    public override long? VirtualSize(InspectionSource source) =>
        Bytes(BinaryPrimitives.ReadUInt32BigEndian(source.Head[BlockCountOffset..]), BinaryPrimitives.ReadUInt32BigEndian(source.Head[BlockSizeOffset..]));
}
