namespace OpenStackStorage.Rings;

/// <summary>Builder and ring files on disk: read whole, written beside their place and then moved there.</summary>
public static class RingStore
{
    /// <summary>RingWriter.open gives a ring this mode, as services of other users read it (swift/common/ring/io.py).</summary>
    private const UnixFileMode NewFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static RingBuilder ReadBuilder(string path) => BuilderFile.Read(ReadAll(path), path);

    public static RingData ReadRing(string path) => RingFile.Read(ReadAll(path), path);

    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.AccessDenied"/>, <see cref="ErrorIds.InsufficientSpace"/> or <see cref="ErrorIds.WriteFailed"/>; the file is then what it was.</exception>
    /// <remarks>The first save gives the builder its id, as in Swift.</remarks>
    public static void WriteBuilder(string path, RingBuilder content)
    {
        string? id = content.Id;
        content.Id ??= Guid.NewGuid().ToString("N");
        try
        {
            Write(path, stream => BuilderFile.Write(stream, content));
        }
        catch
        {
            content.Id = id;
            throw;
        }
    }

    /// <inheritdoc cref="WriteBuilder"/>
    public static void WriteRing(string path, RingData content, int version = RingFile.DefaultVersion) =>
        Write(path, stream => RingFile.Write(stream, content, path, version));

    /// <summary>Writes a text that was made of a ring, whole or not at all.</summary>
    public static void WriteText(string path, byte[] text) => Write(path, stream => stream.Write(text));

    /// <summary>Until the last step only <c>&lt;name&gt;.partial-&lt;id&gt;</c> changes; on failure it goes.</summary>
    private static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        string partial = $"{path}.partial-{Guid.NewGuid():N}"[..^24];
        try
        {
            using (FileStream stream = new(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(partial, File.Exists(path) ? File.GetUnixFileMode(path) : NewFileMode);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error)
        {
            TryDelete(partial);
            if (error is IOException or UnauthorizedAccessException)
                throw IoErrors.Write(path, error);
            throw;
        }
    }

    internal static byte[] ReadAll(string path)
    {
        try
        {
            // The runtime refuses what no array can hold, 2 GiB, with an IOException.
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Read(path, error);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What made the work fail is the news; it must not be hidden by this.
        }
    }
}
