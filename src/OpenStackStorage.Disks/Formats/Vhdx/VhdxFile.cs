namespace OpenStackStorage.Disks;

/// <summary>What a VHDX file says of itself, read in the order that [MS-VHDX] sets: header, log, regions, metadata.</summary>
internal sealed record VhdxFile
{
    private const int CreatorOffset = 8; // 512 bytes of UTF-16

    public static ReadOnlySpan<byte> Signature => "vhdxfile"u8;

    public required VhdxHeader Header { get; init; }

    /// <summary>The file as it is once the log is replayed. The device itself when there is nothing to replay.</summary>
    public required BlockDevice Content { get; init; }

    public required VhdxRegionTable Regions { get; init; }

    public required VhdxMetadataRegion Metadata { get; init; }

    public VhdxGeometry Geometry => Metadata.Geometry;

    public static VhdxFile Read(BlockDevice device)
    {
        Span<byte> signature = stackalloc byte[8];
        device.ReadPadded(default, signature);
        if (!signature.SequenceEqual(Signature))
            throw new ImageFormatException(device, 0, "file identifier Signature", Convert.ToHexString(signature), Convert.ToHexString(Signature));
        VhdxHeader header = VhdxHeader.ReadCurrent(device, out _);
        BlockDevice content = VhdxLog.Replay(device, header);
        VhdxRegionTable regions = VhdxRegionTable.Read(content, header);
        VhdxMetadataRegion metadata = VhdxMetadataRegion.Read(content, regions.Metadata);
        long needed = metadata.Geometry.BatEntries(hasParent: false) * VhdxBatEntry.Length;
        if (needed > regions.Bat.Length)
            throw new ImageFormatException(device, regions.Bat.Offset, "BAT region Length", $"{regions.Bat.Length}", $"at least {needed}, for a disk of {metadata.VirtualSize} bytes");
        return new VhdxFile { Header = header, Content = content, Regions = regions, Metadata = metadata };
    }

    /// <summary>The program that made the file, as it names itself.</summary>
    public static string ReadCreator(BlockDevice device)
    {
        Span<byte> bytes = stackalloc byte[512];
        device.ReadPadded(new HostOffset(CreatorOffset), bytes);
        string text = System.Text.Encoding.Unicode.GetString(bytes);
        int end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <param name="bytes">The start of the file: zeroes.</param>
    public static void WriteIdentifier(Span<byte> bytes, string creator)
    {
        Signature.CopyTo(bytes);
        System.Text.Encoding.Unicode.GetBytes(creator, bytes[CreatorOffset..]);
    }
}
