namespace OpenStackStorage.Disks;

/// <summary>Bits of L1 and L2 table entries. Source: qcow2.rst, "Cluster mapping".</summary>
internal static class Qcow2Entry
{
    /// <summary>Bits 9-55: the host offset of a table or a standard cluster.</summary>
    public const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;

    /// <summary>Bit 63: the refcount is exactly one, so that a write needs no copy.</summary>
    public const ulong Copied = 1UL << 63;

    /// <summary>Bit 62 of an L2 entry: the rest is a compressed cluster descriptor.</summary>
    public const ulong Compressed = 1UL << 62;

    /// <summary>Bit 0 of a standard cluster descriptor (not with extended L2 entries): reads as zeroes.</summary>
    public const ulong ReadsAsZero = 1;

    /// <summary>Bits 0-8 and 56-62 of an L1 entry.</summary>
    public const ulong L1Reserved = 0x7F00_0000_0000_01FF;

    /// <summary>Bits 1-8 and 56-61 of a standard L2 entry.</summary>
    public const ulong L2Reserved = 0x3F00_0000_0000_01FE;

    /// <summary>Host offset and stored bytes of a compressed cluster; the last sector may hold the next one's start.</summary>
    public static (HostOffset Host, int Length) DecodeCompressed(ulong entry, int offsetBits)
    {
        ulong offset = entry & ((1UL << offsetBits) - 1);
        int sectors = (int)((entry & ~(Copied | Compressed)) >> offsetBits) + 1;
        return (new HostOffset((long)offset), (sectors * 512) - (int)(offset & 511));
    }

    public static ulong EncodeCompressed(HostOffset host, int length, int offsetBits)
    {
        ulong sectors = (ulong)(((host.Value + length - 1) >> 9) - (host.Value >> 9));
        return Compressed | (sectors << offsetBits) | (ulong)host.Value;
    }
}
