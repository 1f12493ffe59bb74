namespace OpenStackStorage.Disks;

/// <summary>The footer and, where the disk is not fixed, the dynamic header: found, judged, and held against each other.</summary>
internal sealed record VhdMetadata
{
    /// <summary>The footer that counts: that at the end, or its copy at the start where the end was lost.</summary>
    public required VhdFooter Footer { get; init; }

    /// <summary>Byte of the file at which <see cref="Footer"/> stands.</summary>
    public required long FooterOffset { get; init; }

    /// <summary>What is wrong with the other footer, which is not needed to read the disk; null when both are sound.</summary>
    public CheckFinding? FooterDamage { get; init; }

    /// <summary>Null for a fixed disk.</summary>
    public VhdDynamicHeader? Header { get; init; }

    /// <summary>Byte of the file behind the last block: where the footer starts, or should.</summary>
    public long DataEnd { get; private init; }

    public long HeaderOffset => (long)Footer.DataOffset;

    public long VirtualSize => Footer.VirtualSize;

    /// <summary>Blocks that the disk needs.</summary>
    public int Blocks => Header is null ? 0 : (int)((VirtualSize + Header.BlockSize - 1) / Header.BlockSize);

    /// <exception cref="ImageFormatException">No sound footer, two that contradict each other, or a field that can't be true.</exception>
    /// <exception cref="ImageFeatureException">A version other than 1.0.</exception>
    public static VhdMetadata Read(BlockDevice device)
    {
        VhdMetadata metadata = ReadFooter(device);
        metadata.Footer.Validate(device, metadata.FooterOffset);
        if (metadata.Footer.DiskType != VhdDiskType.Fixed)
            return metadata with { Header = ReadHeader(device, metadata) };
        if (metadata.VirtualSize > metadata.DataEnd)
        {
            throw new ImageFormatException(device, metadata.FooterOffset + 48, "Current Size", $"{metadata.VirtualSize}",
                $"at most the {metadata.DataEnd} bytes before the footer");
        }

        return metadata;
    }

    /// <summary>The structure that a range of the file touches, where no block may lie; null when it touches none.</summary>
    public string? Overlap(long offset, long length)
    {
        if (offset < VhdFooter.Length)
            return "copy of the footer";
        if (Touches(HeaderOffset, VhdDynamicHeader.Length))
            return "dynamic header";
        return Touches((long)Header!.TableOffset, Header.MaxTableEntries * 4L) ? "block allocation table" : null;

        bool Touches(long start, long bytes) => start < offset + length && offset < start + bytes;
    }

    /// <summary>
    /// "If the hard disk footer at the end is missing or corrupt, the copy is used" is the sense of the copy at the start. A
    /// fixed disk has none: what stands at its start is the guest's.
    /// </summary>
    private static VhdMetadata ReadFooter(BlockDevice device)
    {
        long length = device.Length;
        if (length < VhdFooter.Length)
            throw new ImageFormatException(device, 0, "Hard Disk Footer", $"a file of {length} bytes", "at least 512 bytes");
        long end = length - VhdFooter.Length;
        Span<byte> first = stackalloc byte[VhdFooter.Length];
        Span<byte> last = stackalloc byte[VhdFooter.Length];
        device.Read(default, first);
        device.Read(new HostOffset(end), last);
        string? firstDamage = Damage(first, 0);
        string? lastDamage = Damage(last, end);
        VhdFooter footer = VhdFooter.Parse(last);
        VhdFooter copy = VhdFooter.Parse(first);
        if (lastDamage is not null)
        {
            if (firstDamage is not null || copy.DiskType == VhdDiskType.Fixed)
                throw NoFooter(device, first.StartsWith(VhdFooter.Magic) && !last.StartsWith(VhdFooter.Magic) ? 0 : end, last, first);
            return new VhdMetadata
            {
                Footer = copy,
                FooterOffset = 0,
                DataEnd = length,
                FooterDamage = new CheckFinding(CheckSeverity.Corruption, end, "Hard Disk Footer", $"{lastDamage}; the copy at the start is used"),
            };
        }

        VhdMetadata metadata = new() { Footer = footer, FooterOffset = end, DataEnd = end };
        if (footer.DiskType == VhdDiskType.Fixed)
        {
            // Others look at the start first, and would read another disk from it.
            return first.StartsWith(VhdFooter.Magic) && end > 0
                ? throw new ImageFormatException(device, 0, "Cookie", "a footer at the start of a fixed disk", "the guest's data")
                : metadata;
        }

        if (firstDamage is not null)
            return metadata with { FooterDamage = new CheckFinding(CheckSeverity.Corruption, 0, "Hard Disk Footer", $"{firstDamage}; the footer at the end is used") };
        return footer.DifferenceFrom(copy) is { } field
            ? throw new ImageFormatException(device, 0, field, "a copy of the footer that describes another disk", "the same as in the footer at the end")
            : metadata;
    }

    private static string? Damage(ReadOnlySpan<byte> bytes, long offset)
    {
        string place = offset == 0 ? "the copy of the footer" : "the footer";
        if (!bytes.StartsWith(VhdFooter.Magic))
            return $"{place} is missing";
        uint expected = VhdChecksum.Of(bytes, VhdFooter.ChecksumOffset);
        uint found = VhdFooter.Parse(bytes).Checksum;
        return found == expected ? null : $"{place} has the checksum 0x{found:x8}, its content 0x{expected:x8}";
    }

    private static ImageFormatException NoFooter(BlockDevice device, long offset, ReadOnlySpan<byte> last, ReadOnlySpan<byte> first)
    {
        ReadOnlySpan<byte> bytes = offset == 0 ? first : last;
        if (!bytes.StartsWith(VhdFooter.Magic))
            return new ImageFormatException(device, offset, "Cookie", "no footer at the file's end, and no copy at its start", "\"conectix\"");
        uint expected = VhdChecksum.Of(bytes, VhdFooter.ChecksumOffset);
        uint found = VhdFooter.Parse(bytes).Checksum;
        return found == expected
            ? new ImageFormatException(device, device.Length - VhdFooter.Length, "Cookie", "no footer at the end of a fixed disk", "\"conectix\"")
            : new ImageFormatException(device, offset + VhdFooter.ChecksumOffset, "Checksum", $"0x{found:x8}", $"0x{expected:x8}");
    }

    private static VhdDynamicHeader ReadHeader(BlockDevice device, VhdMetadata metadata)
    {
        ulong offset = metadata.Footer.DataOffset;
        long field = metadata.FooterOffset + 16;
        if (offset % 512 != 0 || offset < VhdFooter.Length || offset > (ulong)device.Length - VhdDynamicHeader.Length || device.Length < VhdDynamicHeader.Length)
            throw new ImageFormatException(device, field, "Data Offset", $"{offset}", $"a multiple of 512 with the dynamic header inside the file of {device.Length} bytes");
        byte[] bytes = new byte[VhdDynamicHeader.Length];
        device.Read(new HostOffset((long)offset), bytes);
        if (!bytes.AsSpan().StartsWith(VhdDynamicHeader.Magic))
            throw new ImageFormatException(device, (long)offset, "Cookie", $"0x{Convert.ToHexString(bytes.AsSpan(0, 8))}", "\"cxsparse\"");
        VhdDynamicHeader header = VhdDynamicHeader.Parse(bytes);
        uint expected = VhdChecksum.Of(bytes, VhdDynamicHeader.ChecksumOffset);
        if (header.Checksum != expected)
            throw new ImageFormatException(device, (long)offset + VhdDynamicHeader.ChecksumOffset, "Checksum", $"0x{header.Checksum:x8}", $"0x{expected:x8}");
        header.Validate(device, (long)offset, metadata.VirtualSize);
        return header;
    }
}
