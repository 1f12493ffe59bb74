namespace OpenStackStorage.Disks;

/// <summary>A run of bytes that the host stores, or a hole that reads as zeroes.</summary>
public readonly record struct HostExtent(HostOffset Start, long Length, bool IsData);

/// <summary>
/// Bytes at positions: a file, a block device, or memory. Every member may be called from several threads at once.
/// Failures of the operating system come out as <see cref="StorageException"/>.
/// </summary>
public abstract class BlockDevice : IDisposable
{
    /// <summary>The path as the user knows it; messages name it.</summary>
    public abstract string Path { get; }

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>True where the bytes are a device of fixed size: it can't grow, be renamed or be replaced.</summary>
    public virtual bool IsFixedSize => false;

    /// <summary>Bytes of a logical sector: the smallest unit that the medium transfers.</summary>
    public virtual int LogicalSectorSize => 512;

    /// <summary>Bytes of a physical sector: the unit in which the medium writes without reading first.</summary>
    public virtual int PhysicalSectorSize => LogicalSectorSize;

    /// <summary>Bytes that the host has allocated; the length where that is not known.</summary>
    public virtual long AllocatedLength => Length;

    /// <summary>True when both are the same file or device, whatever paths lead there.</summary>
    public virtual bool IsSameAs(BlockDevice other) => ReferenceEquals(this, other);

    /// <summary>Reads what there is, at most the buffer's length; fewer bytes only at the end.</summary>
    public abstract int ReadUpTo(HostOffset offset, Span<byte> buffer);

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ReadFailed"/> when the device ends before the buffer is full.</exception>
    public void Read(HostOffset offset, Span<byte> buffer)
    {
        int read = ReadUpTo(offset, buffer);
        if (read == buffer.Length)
            return;
        throw new StorageException(ErrorIds.ReadFailed,
            $"'{Path}' ends at byte {offset.Value + read}: {buffer.Length} bytes were expected at offset {offset.Value}. It is truncated, or it shrank while it was open.")
        {
            Target = Path,
            Found = $"{read} bytes",
            Expected = $"{buffer.Length} bytes at offset {offset.Value}",
        };
    }

    /// <summary>Fills the buffer; what lies past <see cref="Length"/> is zero. A file that shrank meanwhile is an error.</summary>
    public void ReadPadded(HostOffset offset, Span<byte> buffer)
    {
        int stored = (int)Math.Clamp(Length - offset.Value, 0, buffer.Length);
        if (stored > 0)
            Read(offset, buffer[..stored]);
        buffer[stored..].Clear();
    }

    public abstract void Write(HostOffset offset, ReadOnlySpan<byte> buffer);

    /// <summary>Returns when all that was written has reached stable storage.</summary>
    public abstract void Flush();

    public abstract void SetLength(long length);

    /// <summary>
    /// Makes a range read as zeroes, in the cheapest way that the medium has: a hole, the device's own zeroing, or written zeroes.
    /// </summary>
    public abstract void WriteZeroes(HostOffset offset, long length);

    /// <summary>
    /// Takes over all of another device's content without copying it, where both lie on one medium that lets files share
    /// blocks. This device must be empty. Nothing happened where the answer is false.
    /// </summary>
    public virtual bool TryCloneFrom(BlockDevice source) => false;

    /// <summary>Tells the medium that a range is not needed. What it reads as afterwards is not defined.</summary>
    public virtual void Discard(HostOffset offset, long length)
    {
    }

    /// <summary>Reserves a range that was never written, as told; it reads as zeroes.</summary>
    public virtual void Preallocate(HostOffset offset, long length, Preallocation preallocation, WorkProgress progress, CancellationToken token)
    {
        if (preallocation == Preallocation.Full)
            WriteExplicitZeroes(offset, length, progress, token);
        else
            progress.Add(length);
    }

    /// <summary>The run of data or the hole that <paramref name="offset"/> lies in, from there to at most <paramref name="end"/>.</summary>
    public virtual HostExtent ExtentAt(HostOffset offset, HostOffset end) =>
        new(offset, Math.Min(end.Value, Length) - offset.Value, IsData: true);

    /// <summary>Zeroes by writing them.</summary>
    protected void WriteExplicitZeroes(HostOffset offset, long length, WorkProgress? progress = null, CancellationToken token = default)
    {
        byte[] zeroes = new byte[(int)Math.Min(length, 1 << 20)];
        for (long done = 0; done < length;)
        {
            token.ThrowIfCancellationRequested();
            int piece = (int)Math.Min(length - done, zeroes.Length);
            Write(offset + done, zeroes.AsSpan(0, piece));
            progress?.Add(piece);
            done += piece;
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
