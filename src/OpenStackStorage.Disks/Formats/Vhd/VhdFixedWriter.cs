namespace OpenStackStorage.Disks;

/// <summary>Writes a fixed VHD: a raw image with a footer behind it.</summary>
internal sealed class VhdFixedWriter : ImageWriter
{
    private readonly BlockDevice _file;
    private readonly VhdFooter _footer;
    private readonly RawWriter _raw;

    public VhdFixedWriter(BlockDevice file, VhdLayout layout, ImageCreateOptions options)
    {
        _file = file;
        _footer = layout.Footer;
        if (file.IsFixedSize)
            RawWriter.RequireRoom(file, layout.VirtualSize + VhdFooter.Length);
        _raw = new RawWriter(file, options with { VirtualSize = layout.VirtualSize });
    }

    public override int ChunkAlignment => _raw.ChunkAlignment;

    public override bool NeedsZeroes => _raw.NeedsZeroes;

    public override void WriteZeroes(GuestOffset start, long length) => _raw.WriteZeroes(start, length);

    public override void Encode(WriteChunk chunk) => _raw.Encode(chunk);

    public override void Place(WriteChunk chunk) => _raw.Place(chunk);

    public override void Store(WriteChunk chunk) => _raw.Store(chunk);

    public override void Preallocate(WorkProgress progress, CancellationToken token) => _raw.Preallocate(progress, token);

    public override void Finish()
    {
        Span<byte> footer = stackalloc byte[VhdFooter.Length];
        _footer.WriteTo(footer);
        // "The last 512 bytes": of a device, which is longer than the disk, too.
        long end = _file.IsFixedSize ? _file.Length - VhdFooter.Length : (long)_footer.CurrentSize;
        _file.Write(new HostOffset(end), footer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _raw.Dispose();
        base.Dispose(disposing);
    }
}
