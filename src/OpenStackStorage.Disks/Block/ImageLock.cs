namespace OpenStackStorage.Disks;

/// <summary>What the holder of an image does with it, in qemu's terms.</summary>
[Flags]
internal enum ImagePermissions
{
    None = 0,

    /// <summary>Reads, and needs what it reads to be consistent.</summary>
    ConsistentRead = 1,

    /// <summary>Writes.</summary>
    Write = 2,

    /// <summary>Writes what is there already, as a copy on read does.</summary>
    WriteUnchanged = 4,

    /// <summary>Changes the length of the file.</summary>
    Resize = 8,
}

/// <summary>
/// Says to other programs what we do with an image file, and asks what they do, by the byte locks that qemu uses
/// (block/file-posix.c): byte 100 + n is held by who has permission n, byte 200 + n by who does not let others have it.
/// Where the file system has no such locks nothing is locked and nobody is noticed, as in qemu.
/// </summary>
internal static class ImageLock
{
    private const int PermissionBase = 100;
    private const int UnsharedBase = 200;

    /// <summary>Reading an image that another program writes gives a mix of old and new.</summary>
    public const ImagePermissions ReadUnshared = ImagePermissions.Write | ImagePermissions.Resize;

    public const ImagePermissions Writer = ImagePermissions.ConsistentRead | ImagePermissions.Write | ImagePermissions.Resize;

    /// <summary>The locks to take: bytes of the file.</summary>
    public static IEnumerable<long> Held(ImagePermissions has, ImagePermissions unshared) =>
        Bytes(PermissionBase, has).Concat(Bytes(UnsharedBase, unshared));

    /// <summary>The bytes that nobody else may hold.</summary>
    public static IEnumerable<long> Conflicting(ImagePermissions has, ImagePermissions unshared) =>
        Bytes(UnsharedBase, has).Concat(Bytes(PermissionBase, unshared));

    private static IEnumerable<long> Bytes(long start, ImagePermissions permissions)
    {
        for (int bit = 0; bit < 4; bit++)
        {
            if (((int)permissions >> bit & 1) != 0)
                yield return start + bit;
        }
    }
}
