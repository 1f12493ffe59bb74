using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Disks;

/// <summary>What .NET alone can do: regular files, no holes, zeroes by writing them.</summary>
internal sealed class PortablePlatform : Platform
{
    public override SafeFileHandle Open(string path, FileAccess access, OpenRule rule)
    {
        FileAttributes attributes = File.GetAttributes(path);
        if ((attributes & (FileAttributes.Directory | FileAttributes.Device)) != 0)
            throw IoErrors.NotARegularFile(path, attributes.HasFlag(FileAttributes.Directory) ? "a directory" : "a device");
        if (rule == OpenRule.NoLink && attributes.HasFlag(FileAttributes.ReparsePoint))
            throw IoErrors.NotARegularFile(path, "a symbolic link");
        return File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
    }

    public override FileFacts GetFacts(SafeFileHandle handle, string path)
    {
        long length = RandomAccess.GetLength(handle);
        return new FileFacts(FileKind.Regular, length, length, 0, 0);
    }
}
