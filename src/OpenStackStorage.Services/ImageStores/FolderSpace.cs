namespace OpenStackStorage.Services;

/// <summary>The room that a folder's medium has.</summary>
/// <param name="Medium">Where it is mounted: equal for folders that share it.</param>
internal sealed record FolderSpace(string Medium, StoreSpace Space)
{
    /// <summary>Null where the system does not say, as for shares without a drive letter on Windows.</summary>
    public static FolderSpace? Find(string folder)
    {
        try
        {
            string medium = OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : MountOf(folder);
            DriveInfo drive = new(medium);
            return new FolderSpace(medium, new StoreSpace(drive.TotalSize, drive.AvailableFreeSpace));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string MountOf(string folder) =>
        DriveInfo.GetDrives().Select(drive => drive.Name)
            .Where(mount => folder == mount || folder.StartsWith(mount.TrimEnd('/') + "/", StringComparison.Ordinal))
            .MaxBy(mount => mount.Length) ?? "/";
}
