namespace OpenStackStorage.Disks;

/// <summary>
/// Cylinders, heads and sectors as a BIOS of the time sees a disk. Footer bytes 56-59.
/// Source: Virtual Hard Disk Image Format Specification, appendix "CHS Calculation".
/// </summary>
internal readonly record struct VhdGeometry(ushort Cylinders, byte Heads, byte SectorsPerTrack)
{
    /// <summary>The largest geometry, some 127.5 GiB: the disk may be larger.</summary>
    public static VhdGeometry Maximum { get; } = new(65535, 16, 255);

    public long Sectors => (long)Cylinders * Heads * SectorsPerTrack;

    /// <summary>The geometry of a disk; it holds as many sectors or a few less.</summary>
    public static VhdGeometry Of(long sectors)
    {
        sectors = Math.Min(sectors, Maximum.Sectors);
        if (sectors >= 65535 * 16 * 63)
            return At(sectors / 255, 16, 255);

        // ATA's smallest tracks first; more heads, then longer tracks, until the cylinders are 1024 at most.
        long tracks = sectors / 17;
        long heads = Math.Max(4, (tracks + 1023) / 1024);
        if (tracks < heads * 1024 && heads <= 16)
            return At(tracks, heads, 17);
        tracks = sectors / 31;
        return tracks < 16 * 1024 ? At(tracks, 16, 31) : At(sectors / 63, 16, 63);

        static VhdGeometry At(long tracks, long heads, int sectorsPerTrack) => new((ushort)(tracks / heads), (byte)heads, (byte)sectorsPerTrack);
    }

    /// <summary>The smallest geometry found that holds the whole disk.</summary>
    public static VhdGeometry Holding(long sectors)
    {
        VhdGeometry geometry = Of(sectors);
        for (long more = sectors; geometry.Sectors < sectors && geometry != Maximum; more++)
            geometry = Of(more);
        return geometry;
    }
}
