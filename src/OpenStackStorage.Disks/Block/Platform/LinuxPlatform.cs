using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Disks;

/// <summary>Linux: open(2), statx(2), lseek(2) with SEEK_DATA and SEEK_HOLE, fallocate(2), the BLK* ioctls of linux/fs.h.</summary>
internal sealed partial class LinuxPlatform : Platform
{
    private const int O_WRONLY = 1, O_RDWR = 2, O_EXCL = 0x80, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;
    private const int SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4;
    private const int ENXIO = 6, EBUSY = 16, EINVAL = 22, EFBIG = 27, ENOSPC = 28, EROFS = 30, ELOOP = 40, EDQUOT = 122;
    private const int EAGAIN = 11, EACCES = 13;
    private const int F_OFD_GETLK = 36, F_OFD_SETLK = 37;
    private const short F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint SYNC_FILE_RANGE_WRITE = 2;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const int FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2;
    private const nuint BLKGETSIZE64 = 0x80081272, BLKSSZGET = 0x1268, BLKPBSZGET = 0x127b, BLKDISCARD = 0x1277, BLKZEROOUT = 0x127f;
    private const nuint FICLONE = 0x40049409;

    /// <summary>O_NOFOLLOW, which Arm numbers differently (asm/fcntl.h).</summary>
    private static int NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    public override SafeFileHandle Open(string path, FileAccess access, OpenRule rule)
    {
        // O_LARGEFILE is 0 on 64-bit systems. O_EXCL without O_CREAT is defined for block devices only (open(2)).
        int flags = O_CLOEXEC | O_NONBLOCK | access switch
        {
            FileAccess.Write => O_WRONLY,
            FileAccess.ReadWrite => O_RDWR,
            _ => 0,
        };
        if (rule == OpenRule.NoLink)
            flags |= NoFollow;
        int descriptor = OpenFile(path, flags, 0);
        if (descriptor < 0)
            throw Failure(path);
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        if (rule != OpenRule.Exclusive || GetFacts(handle, path).Kind != FileKind.BlockDevice)
            return handle;
        handle.Dispose();
        descriptor = OpenFile(path, flags | O_EXCL, 0);
        return descriptor < 0 ? throw Failure(path) : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public override FileFacts GetFacts(SafeFileHandle handle, string path)
    {
        // struct statx (statx(2)): mode at 28, ino at 32, size at 40, blocks at 48, dev_major and dev_minor at 136.
        Span<byte> facts = stackalloc byte[256];
        if (StatX(handle, "", AT_EMPTY_PATH, STATX_BASIC_STATS, ref MemoryMarshal.GetReference(facts)) != 0)
            throw Failure(path);
        FileKind kind = (BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x6000 => FileKind.BlockDevice,
            0x4000 => FileKind.Directory,
            _ => FileKind.Other,
        };
        return new FileFacts(
            kind,
            BinaryPrimitives.ReadInt64LittleEndian(facts[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(facts[48..]) * 512,
            BinaryPrimitives.ReadUInt64LittleEndian(facts[136..]),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]));
    }

    public override bool TryGetGeometry(SafeFileHandle handle, out DeviceGeometry geometry)
    {
        geometry = default;
        if (IoControl(handle, BLKGETSIZE64, out ulong length) != 0
            || IoControl(handle, BLKSSZGET, out ulong logical) != 0
            || IoControl(handle, BLKPBSZGET, out ulong physical) != 0)
        {
            return false;
        }

        geometry = new DeviceGeometry((long)length, (int)(uint)logical, (int)(uint)physical);
        return true;
    }

    public override bool TryFindExtent(SafeFileHandle handle, long offset, long end, out long extentEnd, out bool isData)
    {
        extentEnd = end;
        isData = true;
        long data = Seek(handle, offset, SEEK_DATA);
        if (data < 0)
        {
            if (Marshal.GetLastPInvokeError() != ENXIO)
                return false;
            isData = false; // no data from here to the end of the file; but a file that shrank meanwhile is no hole
            return Seek(handle, 0, SEEK_END) >= end;
        }

        if (data > offset)
        {
            isData = false;
            extentEnd = Math.Min(end, data);
            return true;
        }

        long hole = Seek(handle, offset, SEEK_HOLE);
        if (hole <= offset)
            return false;
        extentEnd = Math.Min(end, hole);
        return true;
    }

    public override bool TryZero(SafeFileHandle handle, bool isBlockDevice, long offset, long length) =>
        isBlockDevice
            ? IoControl(handle, BLKZEROOUT, new BlockRange((ulong)offset, (ulong)length)) == 0
            : Allocate(handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0;

    public override void StartWriteback(SafeFileHandle handle, long offset, long length) =>
        SyncFileRange(handle, offset, length, SYNC_FILE_RANGE_WRITE); // a hint: where it fails, the flush does all the work

    public override bool TryAllocate(SafeFileHandle handle, long offset, long length)
    {
        if (Allocate(handle, 0, offset, length) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error is EFBIG or ENOSPC or EDQUOT ? throw new IOException(new Win32Exception(error).Message, error) : false;
    }

    // File.Move looks whether the name is free and then renames: of two at the same moment both would succeed.
    public override void MoveNew(string source, string destination)
    {
        if (Link(source, destination) == 0)
            File.Delete(source);
        else
            base.MoveNew(source, destination); // the name is taken, or the file system has no hard links
    }

    public override bool TryLockBytes(SafeFileHandle handle, IEnumerable<long> held, IEnumerable<long> conflicting)
    {
        foreach (long offset in held)
        {
            ByteLock wanted = new(F_RDLCK, offset);
            if (FileControl(handle, F_OFD_SETLK, ref wanted) != 0)
                return Marshal.GetLastPInvokeError() is not (EAGAIN or EACCES);
        }

        foreach (long offset in conflicting)
        {
            ByteLock probe = new(F_WRLCK, offset);
            if (FileControl(handle, F_OFD_GETLK, ref probe) == 0 && probe.Type != F_UNLCK)
                return false;
        }

        return true;
    }

    public override void UnlockBytes(SafeFileHandle handle)
    {
        ByteLock all = new(F_UNLCK, 0) { Length = 0 };
        _ = FileControl(handle, F_OFD_SETLK, ref all);
    }

    public override bool TryDiscard(SafeFileHandle handle, bool isBlockDevice, long offset, long length) =>
        isBlockDevice
            ? IoControl(handle, BLKDISCARD, new BlockRange((ulong)offset, (ulong)length)) == 0
            : Allocate(handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0;

    // ioctl_ficlone(2): EOPNOTSUPP, EXDEV, EINVAL and ETXTBSY all mean that it has to be copied.
    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination)
    {
        bool added = false;
        try
        {
            source.DangerousAddRef(ref added);
            return IoControl(destination, FICLONE, source.DangerousGetHandle()) == 0;
        }
        finally
        {
            if (added)
                source.DangerousRelease();
        }
    }

    public override void FlushFolder(string path)
    {
        using SafeFileHandle folder = Open(path, FileAccess.Read, OpenRule.None);
        if (Synchronise(folder) == 0)
            return;
        int error = Marshal.GetLastPInvokeError();
        if (error is not (EINVAL or EROFS)) // file systems that can't flush a folder (fsync(2))
            throw new IOException(new Win32Exception(error).Message, error);
    }

    private static StorageException Failure(string path)
    {
        int error = Marshal.GetLastPInvokeError();
        string reason = new Win32Exception(error).Message;
        return error switch
        {
            2 or 20 => IoErrors.NotFound(path), // ENOENT, ENOTDIR
            1 or 13 or 30 => new StorageException(ErrorIds.AccessDenied, $"'{path}' can't be opened: {reason}.") { Target = path },
            EBUSY => new StorageException(ErrorIds.ImageInUse, $"'{path}' is mounted or claimed by another program.") { Target = path },
            ELOOP => IoErrors.NotARegularFile(path, "a symbolic link"),
            ENXIO or 21 => IoErrors.NotARegularFile(path, "not a file that can be opened so"), // EISDIR
            _ => new StorageException(ErrorIds.ReadFailed, $"'{path}' can't be opened: {reason}.") { Target = path },
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct BlockRange(ulong Start, ulong Length);

    /// <summary>struct flock of 64-bit systems (fcntl(2)): one byte, from the start of the file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ByteLock(short type, long offset)
    {
        public short Type = type;
        public short Whence;
        public long Start = offset;
        public long Length = 1;
        public int Process;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeFileHandle handle, int command, ref ByteLock argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(SafeFileHandle directory, string path, int flags, uint mask, ref byte facts);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string destination);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle handle, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle handle, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle handle, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(SafeFileHandle handle, nuint request, out ulong value);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(SafeFileHandle handle, nuint request, in BlockRange range);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(SafeFileHandle handle, nuint request, nint value);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronise(SafeFileHandle handle);
}
