namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that take existing disk images.</summary>
public abstract class DiskImageCmdlet : FileCmdlet
{
    /// <summary>Handles one image.</summary>
    /// <param name="path">Its full path in the file system.</param>
    protected abstract void ProcessImage(string path);

    protected sealed override void ProcessFile(string path) => ProcessImage(path);

    protected sealed override IEnumerable<string> Choose(IReadOnlyList<string> paths) => ImageFiles.WithoutExtents(paths, Host);
}
