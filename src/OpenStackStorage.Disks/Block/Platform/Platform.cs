using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Disks;

/// <summary>What lies at a path.</summary>
internal enum FileKind
{
    Regular,
    BlockDevice,
    Directory,
    Other,
}

/// <summary>What opening insists on.</summary>
internal enum OpenRule
{
    None,

    /// <summary>A block device must not be mounted or claimed by another program.</summary>
    Exclusive,

    /// <summary>The last part of the path must not be a symbolic link: who judged it before can't be deceived by a swap.</summary>
    NoLink,
}

/// <summary>An opened file and what the operating system says of it.</summary>
/// <param name="Volume">With <paramref name="Number"/> the file's identity, whatever path leads to it; 0 where unknown.</param>
internal readonly record struct FileFacts(FileKind Kind, long Length, long Allocated, ulong Volume, ulong Number);

/// <summary>Sizes of a block device in bytes.</summary>
internal readonly record struct DeviceGeometry(long Length, int LogicalSectorSize, int PhysicalSectorSize);

/// <summary>
/// The operating-system calls that .NET has no portable form of. A method that starts with Try answers false where
/// the system or the file system lacks the call; the caller then does it the portable way.
/// </summary>
internal abstract class Platform
{
    public static Platform Current { get; } =
        OperatingSystem.IsLinux() ? new LinuxPlatform()
        : OperatingSystem.IsWindows() ? new WindowsPlatform()
        : new PortablePlatform();

    /// <summary>Opens an existing file or device without ever waiting for a pipe's other end.</summary>
    public abstract SafeFileHandle Open(string path, FileAccess access, OpenRule rule);

    public abstract FileFacts GetFacts(SafeFileHandle handle, string path);

    public virtual bool TryGetGeometry(SafeFileHandle handle, out DeviceGeometry geometry)
    {
        geometry = default;
        return false;
    }

    /// <summary>Finds how far the data or the hole at <paramref name="offset"/> reaches, at most to <paramref name="end"/>.</summary>
    public virtual bool TryFindExtent(SafeFileHandle handle, long offset, long end, out long extentEnd, out bool isData)
    {
        extentEnd = end;
        isData = true;
        return false;
    }

    /// <summary>Lets the system begin to write out a range that will be flushed later, without waiting for it.</summary>
    public virtual void StartWriteback(SafeFileHandle handle, long offset, long length)
    {
    }

    /// <summary>Gives a file a name that nothing has yet.</summary>
    /// <exception cref="IOException">The name is taken.</exception>
    public virtual void MoveNew(string source, string destination) => File.Move(source, destination);

    /// <summary>Lets the file system keep holes in a new file (needed on NTFS only).</summary>
    public virtual void MakeSparse(SafeFileHandle handle)
    {
    }

    /// <summary>Zeroes a range without writing it, deallocating where possible.</summary>
    public virtual bool TryZero(SafeFileHandle handle, bool isBlockDevice, long offset, long length) => false;

    /// <summary>Reserves space for a range without writing it.</summary>
    /// <exception cref="IOException">There is not enough space: to write zeroes would only fill what is left.</exception>
    public virtual bool TryAllocate(SafeFileHandle handle, long offset, long length) => false;

    /// <summary>
    /// Takes shared locks on single bytes and then looks whether another open file holds one of <paramref name="conflicting"/>.
    /// They go with the handle, or with <see cref="UnlockBytes"/>. False where somebody does; true where the file system has no such locks.
    /// </summary>
    public virtual bool TryLockBytes(SafeFileHandle handle, IEnumerable<long> held, IEnumerable<long> conflicting) => true;

    /// <summary>Gives up all byte locks of an open file at once.</summary>
    public virtual void UnlockBytes(SafeFileHandle handle)
    {
    }

    /// <summary>Lets a file share another's blocks until one of them changes. Nothing happened where the answer is false.</summary>
    public virtual bool TryClone(SafeFileHandle source, SafeFileHandle destination) => false;

    /// <summary>Brings the names in a folder to stable storage. Windows and what keeps a journal of names need no such call.</summary>
    public virtual void FlushFolder(string path)
    {
    }

    public virtual bool TryDiscard(SafeFileHandle handle, bool isBlockDevice, long offset, long length) => false;
}
