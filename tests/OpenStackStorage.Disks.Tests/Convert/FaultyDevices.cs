namespace OpenStackStorage.Disks.Tests;

/// <summary>A device in memory whose n-th write, resize or flush fails.</summary>
internal sealed class FaultyDevice(int failAt) : BlockDevice
{
    private readonly MemoryBlockDevice _memory = new("faulty");
    private int _calls;

    public int Calls => _calls;

    public override string Path => _memory.Path;

    public override long Length => _memory.Length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _memory.ReadUpTo(offset, buffer);

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        Count();
        _memory.Write(offset, buffer);
    }

    public override void Flush() => Count();

    public override void SetLength(long length)
    {
        Count();
        _memory.SetLength(length);
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        Count();
        _memory.WriteZeroes(offset, length);
    }

    public byte[] ToArray() => _memory.ToArray();

    private void Count()
    {
        if (Interlocked.Increment(ref _calls) == failAt)
            throw new StorageException(ErrorIds.WriteFailed, "This write was made to fail.") { Target = Path };
    }
}

/// <summary>A medium in memory that gives an error for every read that touches a bad range.</summary>
internal sealed class BadSectorDevice(byte[] content, params (long Start, long Length)[] bad) : BlockDevice
{
    private readonly MemoryBlockDevice _memory = new("medium", content);
    private int _failures;

    /// <summary>How many reads failed.</summary>
    public int Failures => _failures;

    public override string Path => _memory.Path;

    public override long Length => _memory.Length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        foreach ((long start, long length) in bad)
        {
            if (offset.Value >= start + length || offset.Value + buffer.Length <= start)
                continue;
            Interlocked.Increment(ref _failures);
            throw new StorageException(ErrorIds.ReadFailed, $"reading '{Path}' failed: Input/output error") { Target = Path };
        }

        return _memory.ReadUpTo(offset, buffer);
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}

/// <summary>An image that does something when it is asked for the n-th time where bytes are.</summary>
internal sealed class WatchedImage(DiskImage inner, int at, Action action) : DiskImage(inner.File)
{
    private int _calls;

    public int Calls => _calls;

    public override DiskImageFormat Format => inner.Format;

    public override long VirtualSize => inner.VirtualSize;

    public override int ClusterSize => inner.ClusterSize;

    public override DiskImage? Backing => inner.Backing;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (Interlocked.Increment(ref _calls) == at)
            action();
        return inner.Map(start, end);
    }

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) => inner.Decompress(extent, stored, cluster);
}

/// <summary>A test that mounts a small file system, which only root may; it is skipped, and says so, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsSmallFileSystemFactAttribute : FactAttribute
{
    public NeedsSmallFileSystemFactAttribute()
    {
        using TemporaryFolder folder = new();
        Skip = !OperatingSystem.IsLinux() || !TryMount(folder.Path) ? "a small file system can't be mounted (root on Linux is needed)" : null;
        if (Skip is null)
            Unmount(folder.Path);
    }

    public static bool TryMount(string path) => Tool.Exists("mount") && Tool.TryRun("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", path).Code == 0;

    public static void Unmount(string path) => Tool.Run("umount", path);
}
