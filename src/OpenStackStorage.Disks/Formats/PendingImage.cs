namespace OpenStackStorage.Disks;

/// <summary>An image in the making: all its files, none of which has its final name before all are complete.</summary>
public sealed class PendingImage : IDisposable
{
    private readonly List<PendingFile> _files = [];

    private PendingImage()
    {
    }

    /// <summary>The files of the new image, the image itself first.</summary>
    public IReadOnlyList<ImageFile> Files => [.. _files.Select(file => new ImageFile(file.Destination, file.Device))];

    /// <summary>Where the image itself is written.</summary>
    public FileBlockDevice Device => _files[0].Device;

    /// <summary>Refuses a destination that can't be made; <paramref name="overwrite"/> lets existing files be replaced.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.DestinationExists"/>, <see cref="ErrorIds.PathNotFound"/>.</exception>
    public static void ThrowIfExists(ImageFormat format, string destination, ImageCreateOptions options, bool overwrite)
    {
        foreach (string path in format.FilesOf(destination, options))
            PendingFile.ThrowIfExists(path, overwrite);
    }

    public static PendingImage Create(ImageFormat format, string destination, ImageCreateOptions options, bool overwrite)
    {
        PendingImage image = new();
        try
        {
            foreach (string path in format.FilesOf(destination, options))
                image._files.Add(PendingFile.Create(path, overwrite, format.AllowsSparseAttribute));
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>A gate that opens the image's own extents by the names that they are going to have.</summary>
    /// <param name="others">What decides on all other files.</param>
    public OpenGate GateOver(OpenGate others) => new PendingGate(_files, others);

    /// <summary>Flushes the files and gives them their names, the image itself last: what it names is there when it appears.</summary>
    public void Commit(bool overwrite, CancellationToken token = default)
    {
        foreach (PendingFile file in _files)
            file.Device.Flush(token);
        int committed = 0;
        try
        {
            for (; committed < _files.Count; committed++)
                _files[^(committed + 1)].Commit(overwrite, token);
        }
        catch when (!overwrite)
        {
            // They had new names, so they are this image's own.
            foreach (PendingFile file in _files.TakeLast(committed))
                File.Delete(file.Destination);
            throw;
        }
    }

    public void Dispose()
    {
        foreach (PendingFile file in _files)
            file.Dispose();
    }

    private sealed class PendingGate(IReadOnlyList<PendingFile> files, OpenGate others) : OpenGate
    {
        public override BlockDevice Open(ImageReference reference)
        {
            string path = Path.GetFullPath(reference.Name, Path.GetDirectoryName(files[0].Destination)!);
            PendingFile? file = files.FirstOrDefault(candidate => candidate.Destination == path);
            return file is null ? others.Open(reference) : FileBlockDevice.OpenRead(file.Device.Path);
        }
    }
}
