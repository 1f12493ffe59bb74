using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Disks;

/// <summary>Windows: the FSCTL and IOCTL codes of winioctl.h. Devices are \\.\PhysicalDriveN and \\.\X: paths.</summary>
internal sealed partial class WindowsPlatform : Platform
{
    private const uint FSCTL_SET_SPARSE = 0x900C4, FSCTL_SET_ZERO_DATA = 0x980C8, FSCTL_QUERY_ALLOCATED_RANGES = 0x940CF;
    private const uint IOCTL_DISK_GET_LENGTH_INFO = 0x7405C, FSCTL_LOCK_VOLUME = 0x90018;

    public override SafeFileHandle Open(string path, FileAccess access, OpenRule rule)
    {
        bool isDevice = IsDevicePath(path);
        FileAttributes attributes = isDevice ? FileAttributes.Device : File.GetAttributes(path);
        if (attributes.HasFlag(FileAttributes.Directory))
            throw IoErrors.NotARegularFile(path, "a directory");
        if (rule == OpenRule.NoLink && attributes.HasFlag(FileAttributes.ReparsePoint))
            throw IoErrors.NotARegularFile(path, "a symbolic link");
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        if (!isDevice || rule != OpenRule.Exclusive || Control(handle, FSCTL_LOCK_VOLUME, [], []))
            return handle;
        handle.Dispose();
        throw new StorageException(ErrorIds.ImageInUse, $"'{path}' is mounted or held open by another program.") { Target = path };
    }

    public override FileFacts GetFacts(SafeFileHandle handle, string path)
    {
        if (IsDevicePath(path))
            return new FileFacts(FileKind.BlockDevice, 0, 0, 0, 0);
        long length = RandomAccess.GetLength(handle);
        if (!GetFileInformationByHandle(handle, out FileInformation facts))
            return new FileFacts(FileKind.Regular, length, length, 0, 0);
        return new FileFacts(FileKind.Regular, length, AllocatedLength(handle, length),
            facts.VolumeSerialNumber, ((ulong)facts.FileIndexHigh << 32) | facts.FileIndexLow);
    }

    public override bool TryGetGeometry(SafeFileHandle handle, out DeviceGeometry geometry)
    {
        Span<long> length = stackalloc long[1];
        bool known = Control(handle, IOCTL_DISK_GET_LENGTH_INFO, [], MemoryMarshal.AsBytes(length));
        geometry = new DeviceGeometry(length[0], 512, 4096);
        return known;
    }

    public override bool TryFindExtent(SafeFileHandle handle, long offset, long end, out long extentEnd, out bool isData)
    {
        extentEnd = end;
        isData = true;
        Span<long> query = [offset, end - offset];
        Span<long> range = stackalloc long[2];
        // ERROR_MORE_DATA (234) only says that there are further ranges.
        if (!Control(handle, FSCTL_QUERY_ALLOCATED_RANGES, MemoryMarshal.AsBytes(query), MemoryMarshal.AsBytes(range), out int returned)
            && Marshal.GetLastPInvokeError() != 234)
        {
            return false;
        }

        if (returned == 0)
            isData = false;
        else if (range[0] > offset)
            (isData, extentEnd) = (false, range[0]);
        else
            extentEnd = Math.Min(end, range[0] + range[1]);
        return true;
    }

    public override void MakeSparse(SafeFileHandle handle) => Control(handle, FSCTL_SET_SPARSE, [], []);

    public override bool TryZero(SafeFileHandle handle, bool isBlockDevice, long offset, long length)
    {
        Span<long> range = [offset, offset + length];
        return !isBlockDevice && Control(handle, FSCTL_SET_ZERO_DATA, MemoryMarshal.AsBytes(range), []);
    }

    private static bool IsDevicePath(string path) => path.StartsWith(@"\\.\", StringComparison.Ordinal);

    private long AllocatedLength(SafeFileHandle handle, long length)
    {
        long allocated = 0;
        for (long offset = 0; offset < length;)
        {
            if (!TryFindExtent(handle, offset, length, out long end, out bool isData))
                return length;
            if (isData)
                allocated += end - offset;
            offset = end;
        }

        return allocated;
    }

    private static bool Control(SafeFileHandle handle, uint code, ReadOnlySpan<byte> input, Span<byte> output) =>
        Control(handle, code, input, output, out _);

    private static unsafe bool Control(SafeFileHandle handle, uint code, ReadOnlySpan<byte> input, Span<byte> output, out int returned)
    {
        fixed (byte* source = input)
        fixed (byte* target = output)
            return DeviceIoControl(handle, code, source, input.Length, target, output.Length, out returned, 0) != 0;
    }

    /// <summary>BY_HANDLE_FILE_INFORMATION of fileapi.h, 52 bytes: its times are pairs of 4-byte words, so nothing is aligned to 8.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct FileInformation
    {
        public uint Attributes;
        public long Created, Accessed, Written;
        public uint VolumeSerialNumber, SizeHigh, SizeLow, Links, FileIndexHigh, FileIndexLow;
    }

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int DeviceIoControl(SafeFileHandle handle, uint code, byte* input, int inputLength, byte* output, int outputLength, out int returned, nint overlapped);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(SafeFileHandle handle, out FileInformation facts);
}
