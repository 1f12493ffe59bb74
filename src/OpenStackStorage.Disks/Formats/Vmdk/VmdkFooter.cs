namespace OpenStackStorage.Disks;

/// <summary>
/// The last three sectors of a stream-optimized extent: a marker, the header with the true gdOffset, the end-of-stream
/// marker. Source: "Virtual Disk Format 5.0", "Stream-Optimized Compressed Sparse Extents".
/// </summary>
internal static class VmdkFooter
{
    public const int Length = 3 * VmdkSparseHeader.SectorSize;

    /// <summary>Reads what takes the header's place, and where it lies. It must say the same but for the grain directory.</summary>
    public static (VmdkSparseHeader Footer, long Offset) Read(BlockDevice device, in VmdkSparseHeader header)
    {
        const int Sector = VmdkSparseHeader.SectorSize;
        long start = device.Length - Length;
        if (start < Sector)
            throw new ImageFormatException(device, 56, "gdOffset", $"a footer announced in a file of {device.Length} bytes", "a footer of 1536 bytes at the end: the file is truncated");
        Span<byte> bytes = stackalloc byte[Length];
        device.Read(new HostOffset(start), bytes);
        VmdkMarker marker = VmdkMarker.Parse(bytes[..Sector]);
        if (marker.Size != 0 || marker.Type != VmdkMarkerType.Footer)
            throw new ImageFormatException(device, start, "footer marker", "other bytes", "a marker of type 3: the file is truncated, or something was appended");
        VmdkSparseHeader footer = VmdkSparseHeader.Parse(bytes[Sector..]);
        footer.Validate(device, start + Sector);
        if (footer.Directory == VmdkSparseHeader.DirectoryAtEnd)
            throw new ImageFormatException(device, start + Sector + 56, "footer gdOffset", "another footer announced", "the grain directory's sector");
        VmdkSparseHeader same = footer with { Directory = header.Directory, RedundantDirectory = header.RedundantDirectory, Overhead = header.Overhead, UncleanShutdown = header.UncleanShutdown };
        if (same != header)
            throw new ImageFormatException(device, start + Sector, "footer", "fields that differ from the header's", "the same version, flags, capacity, grains, tables and descriptor");
        VmdkMarker last = VmdkMarker.Parse(bytes[(2 * Sector)..]);
        if (last != new VmdkMarker(0, 0, VmdkMarkerType.EndOfStream))
            throw new ImageFormatException(device, start + (2 * Sector), "end-of-stream marker", "other bytes", "zeroes");
        return (footer, start + Sector);
    }
}
