using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Disks;

/// <summary>A regular file or a block device of the host, by positional reads and writes on one handle.</summary>
public sealed class FileBlockDevice : BlockDevice
{
    private const long WritebackStep = 8 << 20;

    private readonly SafeFileHandle _handle;
    private readonly bool _isBlockDevice;
    private readonly FileFacts _facts;
    private readonly DeviceGeometry _geometry;
    private readonly string _nameInErrors;
    private long _length;
    private long _unflushed;
    private bool _isLocked;

    private FileBlockDevice(string path, SafeFileHandle handle, string? nameInErrors = null)
    {
        Path = path;
        _nameInErrors = nameInErrors ?? path;
        _handle = handle;
        _facts = Platform.Current.GetFacts(handle, path);
        _isBlockDevice = _facts.Kind == FileKind.BlockDevice;
        if (_facts.Kind is FileKind.Directory or FileKind.Other)
            throw IoErrors.NotARegularFile(path, _facts.Kind == FileKind.Directory ? "a directory" : "a pipe, socket or character device");
        _geometry = new DeviceGeometry(_facts.Length, 512, 512);
        if (_isBlockDevice && !Platform.Current.TryGetGeometry(handle, out _geometry))
            throw new StorageException(ErrorIds.ReadFailed, $"The size of device '{path}' can't be read.") { Target = path };
        _length = _geometry.Length;
    }

    public override string Path { get; }

    public override long Length => Volatile.Read(ref _length);

    public override bool IsFixedSize => _isBlockDevice;

    public override int LogicalSectorSize => _geometry.LogicalSectorSize;

    public override int PhysicalSectorSize => _geometry.PhysicalSectorSize;

    public override long AllocatedLength => _isBlockDevice ? Length : Platform.Current.GetFacts(_handle, Path).Allocated;

    /// <summary>Opens an existing file or block device for reading. Pipes and directories are refused.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.PathNotSupported"/>, <see cref="ErrorIds.AccessDenied"/>.</exception>
    public static FileBlockDevice OpenRead(string path) => Open(path, FileAccess.Read, OpenRule.None);

    /// <summary>Opens a file that was judged by its path: a symbolic link that took its place since then is refused.</summary>
    public static FileBlockDevice OpenJudged(string path) => Open(path, FileAccess.Read, OpenRule.NoLink);

    /// <summary>Opens an existing block device for writing; it must not be mounted or in use.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/> and those of <see cref="OpenRead"/>.</exception>
    public static FileBlockDevice OpenExclusive(string path) => Open(path, FileAccess.ReadWrite, OpenRule.Exclusive);

    /// <summary>Opens an existing image file, or a block device that is not in use, to change it in place.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/> when another program has it open, and those of <see cref="OpenRead"/>.</exception>
    public static FileBlockDevice OpenWrite(string path) => OpenWrite(path, OpenRule.Exclusive);

    /// <inheritdoc cref="OpenJudged"/>
    public static FileBlockDevice OpenJudgedForWriting(string path) => OpenWrite(path, OpenRule.NoLink);

    private static FileBlockDevice OpenWrite(string path, OpenRule rule)
    {
        FileBlockDevice device = Open(path, FileAccess.ReadWrite, rule);
        device.Lock(ImageLock.Writer, ImageLock.ReadUnshared);
        return device;
    }

    /// <summary>Says that the image is being read, so that nobody starts to write it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/> when another program writes it now.</exception>
    public FileBlockDevice LockForReading()
    {
        Lock(ImagePermissions.ConsistentRead, ImageLock.ReadUnshared);
        return this;
    }

    /// <summary>Makes a new, empty file. An existing one is never opened.</summary>
    /// <param name="nameInErrors">The name that the user knows the file by, where its own is for a time only.</param>
    /// <param name="sparse">Whether it may get the attribute that NTFS needs to keep holes.</param>
    public static FileBlockDevice CreateNew(string path, string? nameInErrors = null, bool sparse = true)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
            if (sparse)
                Platform.Current.MakeSparse(handle);
            return new FileBlockDevice(path, handle, nameInErrors);
        }
        catch (Exception error) when (error is StorageException or IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw IoErrors.Write(nameInErrors ?? path, error);
        }
    }

    /// <summary>True when a block device lies at the path.</summary>
    public static bool IsBlockDevicePath(string path)
    {
        try
        {
            using SafeFileHandle handle = Platform.Current.Open(path, FileAccess.Read, OpenRule.None);
            return Platform.Current.GetFacts(handle, path).Kind == FileKind.BlockDevice;
        }
        catch (Exception error) when (error is StorageException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override bool IsSameAs(BlockDevice other) =>
        other is FileBlockDevice file
        && (_facts.Number != 0
            ? (_facts.Volume, _facts.Number) == (file._facts.Volume, file._facts.Number)
            : string.Equals(System.IO.Path.GetFullPath(Path), System.IO.Path.GetFullPath(file.Path), StringComparison.OrdinalIgnoreCase));

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        int total = 0;
        try
        {
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(_handle, buffer[total..], offset.Value + total);
                if (read == 0)
                    break;
                total += read;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Read(_nameInErrors, error);
        }

        return total;
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        if (_isBlockDevice && offset.Value + buffer.Length > Length)
            throw new StorageException(ErrorIds.DestinationTooSmall, $"'{Path}' holds {Length} bytes; a write would end at {offset.Value + buffer.Length}.") { Target = Path };
        try
        {
            RandomAccess.Write(_handle, buffer, offset.Value);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw IoErrors.Write(_nameInErrors, error);
        }

        Extend(offset.Value + buffer.Length);
        WriteOutEarly(buffer.Length);
    }

    public override void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Write(_nameInErrors, error);
        }
    }

    /// <summary>Flushes. A stop does not wait for it: the system ends it by itself and then lets go of the file.</summary>
    public void Flush(CancellationToken token) => Task.Run(Flush, CancellationToken.None).WaitAsync(token).GetAwaiter().GetResult();

    public override void SetLength(long length)
    {
        if (_isBlockDevice)
            throw new InvalidOperationException("A device's length is fixed.");
        try
        {
            RandomAccess.SetLength(_handle, length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw IoErrors.Write(_nameInErrors, error);
        }

        Volatile.Write(ref _length, length);
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        if (length > 0 && !Platform.Current.TryZero(_handle, _isBlockDevice, offset.Value, length))
            WriteExplicitZeroes(offset, length);
        else if (!_isBlockDevice && offset.Value + length > Length)
            SetLength(offset.Value + length);
    }

    public override void Preallocate(HostOffset offset, long length, Preallocation preallocation, WorkProgress progress, CancellationToken token)
    {
        if (preallocation is Preallocation.Off or Preallocation.Metadata
            || (preallocation == Preallocation.Falloc && TryAllocate(offset, length)))
        {
            progress.Add(length);
            return;
        }

        WriteExplicitZeroes(offset, length, progress, token); // Full, or a file system without fallocate: as posix_fallocate does it
    }

    public override bool TryCloneFrom(BlockDevice source)
    {
        if (source is not FileBlockDevice file || _isBlockDevice || file._isBlockDevice || !Platform.Current.TryClone(file._handle, _handle))
            return false;
        Volatile.Write(ref _length, RandomAccess.GetLength(_handle));
        return true;
    }

    public override void Discard(HostOffset offset, long length) =>
        Platform.Current.TryDiscard(_handle, _isBlockDevice, offset.Value, length);

    public override HostExtent ExtentAt(HostOffset offset, HostOffset end)
    {
        long last = Math.Min(end.Value, Length);
        return !_isBlockDevice && Platform.Current.TryFindExtent(_handle, offset.Value, last, out long extentEnd, out bool isData)
            ? new HostExtent(offset, extentEnd - offset.Value, isData)
            : new HostExtent(offset, last - offset.Value, IsData: true);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // A process that is just being started shares the open file for a moment, and its locks with it.
            if (_isLocked && !_handle.IsClosed)
                Platform.Current.UnlockBytes(_handle);
            _handle.Dispose();
        }

        base.Dispose(disposing);
    }

    private static FileBlockDevice Open(string path, FileAccess access, OpenRule rule)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = Platform.Current.Open(path, access, rule);
            return new FileBlockDevice(path, handle);
        }
        catch (Exception error) when (error is StorageException or IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw IoErrors.Read(path, error);
        }
    }

    private void Lock(ImagePermissions has, ImagePermissions unshared)
    {
        _isLocked = true;
        if (Platform.Current.TryLockBytes(_handle, ImageLock.Held(has, unshared), ImageLock.Conflicting(has, unshared)))
            return;
        Dispose();
        string use = has.HasFlag(ImagePermissions.Write) ? "open" : "open for writing";
        throw new StorageException(ErrorIds.ImageInUse, $"'{_nameInErrors}' is held {use} by another program, such as a virtual machine.")
        {
            Target = _nameInErrors,
        };
    }

    private bool TryAllocate(HostOffset offset, long length)
    {
        try
        {
            return Platform.Current.TryAllocate(_handle, offset.Value, length);
        }
        catch (IOException error)
        {
            throw IoErrors.Write(_nameInErrors, error);
        }
    }

    /// <summary>The disk works while the processors do, so that the final flush has little left to wait for.</summary>
    private void WriteOutEarly(int written)
    {
        if (_isBlockDevice || Interlocked.Add(ref _unflushed, written) < WritebackStep)
            return;
        Interlocked.Exchange(ref _unflushed, 0);
        Platform.Current.StartWriteback(_handle, 0, 0);
    }

    private void Extend(long end)
    {
        long seen = Volatile.Read(ref _length);
        while (end > seen)
        {
            long before = Interlocked.CompareExchange(ref _length, end, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
