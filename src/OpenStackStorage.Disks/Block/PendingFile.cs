namespace OpenStackStorage.Disks;

/// <summary>
/// A file in the making. It grows as <c>&lt;name&gt;.partial-&lt;id&gt;</c> beside its destination, so that the final name
/// only ever holds a finished file; unless <see cref="Commit"/> ran, disposing removes it.
/// </summary>
public sealed class PendingFile : IDisposable
{
    private static readonly TimeSpan FreeingWait = TimeSpan.FromMilliseconds(50);

    private readonly string _partialPath;
    private bool _committed;

    private PendingFile(string destination, string partialPath, FileBlockDevice device)
    {
        Destination = destination;
        _partialPath = partialPath;
        Device = device;
    }

    /// <summary>The name that the file gets in the end.</summary>
    public string Destination { get; }

    /// <summary>The file while it is being written.</summary>
    public FileBlockDevice Device { get; }

    /// <param name="sparse">Whether the file may get NTFS' sparse attribute.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.DestinationExists"/> unless <paramref name="overwrite"/>; <see cref="ErrorIds.PathNotFound"/> when the folder is missing.</exception>
    public static PendingFile Create(string destination, bool overwrite, bool sparse = true, bool flushes = true)
    {
        ThrowIfExists(destination, overwrite);
        string partial = $"{destination}.partial-{Guid.NewGuid():N}"[..^24];
        return new PendingFile(destination, partial, FileBlockDevice.CreateNew(partial, nameInErrors: destination, sparse)) { Flushes = flushes };
    }

    /// <summary>Refuses a destination whose folder is missing, or that exists and may not be replaced. A directory is never replaced.</summary>
    public static void ThrowIfExists(string destination, bool overwrite)
    {
        if (Path.GetDirectoryName(destination) is { Length: > 0 } folder && !Directory.Exists(folder))
            throw new StorageException(ErrorIds.PathNotFound, $"The folder '{folder}' does not exist.") { Target = destination };
        if (Directory.Exists(destination))
            throw IoErrors.NotARegularFile(destination, "a directory");
        if (!overwrite && File.Exists(destination))
            throw new StorageException(ErrorIds.DestinationExists, $"'{destination}' exists already.") { Target = destination };
    }

    /// <summary>False where <see cref="Commit"/> names the file without waiting for stable storage.</summary>
    private bool Flushes { get; init; }

    /// <summary>Flushes the file and gives it its name.</summary>
    public void Commit(bool overwrite, CancellationToken token = default)
    {
        if (Flushes)
            Device.Flush(token);
        Device.Dispose();
        ThrowIfExists(Destination, overwrite);
        try
        {
            if (overwrite)
                Replace();
            else
                Platform.Current.MoveNew(_partialPath, Destination);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowIfExists(Destination, overwrite);
            throw IoErrors.Write(Destination, error);
        }

        _committed = true;
    }

    /// <summary>Takes the place of an existing file, and its permissions: who could not read it before still can't.</summary>
    private void Replace()
    {
        if (!OperatingSystem.IsWindows() && File.Exists(Destination))
            File.SetUnixFileMode(_partialPath, File.GetUnixFileMode(Destination));
        File.Move(_partialPath, Destination, overwrite: true);
    }

    public void Dispose()
    {
        if (_committed)
            return;
        try
        {
            File.Delete(_partialPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What made the work fail is the news; it must not be hidden by this.
        }
        finally
        {
            // The name is gone. To free gigabytes takes the system longer than a stop may: it ends that by itself.
            Task.Run(Device.Dispose).Wait(FreeingWait);
        }
    }
}
