namespace OpenStackStorage.Disks;

/// <summary>A fixed VHD that is open for writing: a raw image with a footer behind it.</summary>
internal sealed class VhdFixedWritableImage(BlockDevice file, VhdMetadata metadata) : FlatWritableImage(file)
{
    private readonly VhdFooters _footers = new(file, metadata);

    public override DiskImageFormat Format => DiskImageFormat.Vhd;

    public override long VirtualSize => _footers.Footer.VirtualSize;

    /// <inheritdoc/>
    /// <remarks>The size is rounded up to whole sectors. Until the footer with the new size is written, the old size is that of the disk.</remarks>
    public override void Resize(long size)
    {
        VhdFooter footer = _footers.Footer.WithSize(File, size);
        long old = VirtualSize;
        size = footer.VirtualSize;
        Flush();
        if (size == old)
            return;
        if (size > _footers.Offset)
            MakeRoom(size);
        if (size > old)
        {
            // Where the footer stood, and whatever lay between the disk's end and it.
            File.WriteZeroes(new HostOffset(old), size - old);
            File.Flush();
        }

        _footers.Replace(footer);
        if (!File.IsFixedSize && _footers.Offset > size)
            _footers.CutTo(size);
    }

    private void MakeRoom(long size)
    {
        if (File.IsFixedSize)
            throw CreateOptions.Invalid($"'{File.Path}' is a device with room for a disk of {_footers.Offset} bytes: {size} are too many");
        _footers.MoveTo(size);
    }
}
