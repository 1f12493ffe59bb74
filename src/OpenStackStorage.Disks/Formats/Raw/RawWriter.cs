namespace OpenStackStorage.Disks;

/// <summary>Writes a raw image into a new file, sparsely, or onto a device, completely.</summary>
public sealed class RawWriter : ImageWriter
{
    private readonly BlockDevice _device;
    private readonly ImageCreateOptions _options;

    public RawWriter(BlockDevice device, ImageCreateOptions options)
    {
        _device = device;
        _options = options;
        if (device.IsFixedSize)
        {
            RequireRoom(device, options.VirtualSize);
        }
        else
        {
            device.SetLength(options.VirtualSize);
        }
    }

    /// <exception cref="StorageException"><see cref="ErrorIds.DestinationTooSmall"/>.</exception>
    public static void RequireRoom(BlockDevice device, long virtualSize)
    {
        if (device.Length < virtualSize)
        {
            throw new StorageException(ErrorIds.DestinationTooSmall, $"'{device.Path}' holds {device.Length} bytes; the disk has {virtualSize}.")
            {
                Target = device.Path,
                Found = $"{device.Length} bytes",
                Expected = $"at least {virtualSize} bytes",
            };
        }
    }

    /// <summary>Zero runs of this length become holes: the block of common file systems, and qemu-img's default.</summary>
    public override int ChunkAlignment => 4096;

    /// <summary>A device holds what was there before; a new file reads as zeroes.</summary>
    public override bool NeedsZeroes => _device.IsFixedSize;

    public override void WriteZeroes(GuestOffset start, long length) => _device.WriteZeroes(new HostOffset(start.Value), length);

    public override void Encode(WriteChunk chunk)
    {
        if (NeedsZeroes)
            chunk.Pieces.Add(new WritePiece(chunk.Start, WritePieceKind.Data, 0, chunk.Data.Length));
        else
            ZeroScanner.AddDataRuns(chunk, _options.SparseSize is > 0 and { } size ? size : ChunkAlignment);
    }

    public override void Place(WriteChunk chunk)
    {
    }

    public override void Store(WriteChunk chunk)
    {
        foreach (WritePiece piece in chunk.Pieces)
        {
            ReadOnlySpan<byte> bytes = chunk.BytesOf(piece);
            long room = _options.VirtualSize - piece.Guest.Value; // the last block may be cut short
            _device.Write(new HostOffset(piece.Guest.Value), bytes.Length > room ? bytes[..(int)room] : bytes);
        }
    }

    public override void Preallocate(WorkProgress progress, CancellationToken token)
    {
        if (_device.IsFixedSize)
            return; // a device has its space
        progress.Total = _options.VirtualSize;
        Preallocation preallocation = _options.SparseSize == 0 ? Preallocation.Falloc : _options.Preallocation;
        _device.Preallocate(default, _options.VirtualSize, preallocation, progress, token);
    }

    public override void Finish()
    {
    }
}
