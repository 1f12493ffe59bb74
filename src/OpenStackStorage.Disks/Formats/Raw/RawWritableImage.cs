namespace OpenStackStorage.Disks;

/// <summary>A raw image that is open for writing: every place is there already.</summary>
internal sealed class RawWritableImage(BlockDevice file) : FlatWritableImage(file)
{
    private long _size = file.Length;

    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override long VirtualSize => _size;

    public override void Resize(long size)
    {
        if (File.IsFixedSize)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{File.Path}' is a block device: its size is fixed.") { Target = File.Path };
        File.SetLength(size);
        _size = size;
        File.Flush();
    }
}
