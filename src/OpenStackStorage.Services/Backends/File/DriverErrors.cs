namespace OpenStackStorage.Services;

/// <summary>What the driver File says when something fails.</summary>
internal static class DriverErrors
{
    /// <summary>EROFS, as the runtime hands it out.</summary>
    public const int ReadOnlyFileSystem = 30;

    public static ServiceException Damaged(string layer, string what, Exception? inner = null) =>
        new(ErrorIds.VolumeDamaged, $"Layer '{layer}' can't be used: {what}.", inner) { Target = layer };

    public static ServiceException Unavailable(string backend, string path, string what, Exception? inner = null) =>
        new(ErrorIds.BackendUnavailable, $"Backend '{backend}' can't be used: '{path}' {what}.", inner) { Target = path };

    /// <summary>The failure as the service knows it: of the medium, of the backend, or of a layer.</summary>
    public static StorageException Translate(StorageException error, string backend, VolumeFolder folder)
    {
        if (error is ServiceException)
            return error;
        if (error.Id == ErrorIds.InsufficientSpace)
            return new ServiceException(ErrorIds.BackendFull, $"Backend '{backend}' has no room left: {error.Message}", error) { Target = error.Target };
        if (error.Id == ErrorIds.AccessDenied || error.InnerException is IOException { HResult: ReadOnlyFileSystem })
            return Unavailable(backend, folder.Path, $"can't be written: {error.Message}", error);
        bool isLayer = error.Target is { } target && target.StartsWith(folder.Path, StringComparison.Ordinal); // and no image that a volume is made of
        if (isLayer && (error.Id == ErrorIds.PathNotFound || error.Id == ErrorIds.PathNotSupported || error.Id == ErrorIds.ImageFormatMismatch || error.Id == ErrorIds.ImageCorrupt
            || error.Id == ErrorIds.BackingFileMismatch || error.Id == ErrorIds.BackingFileNotAllowed || error.Id == ErrorIds.BackingFileNotFound || error.Id == ErrorIds.BackingChainInvalid))
        {
            return Damaged(error.Target ?? folder.Path, error.Message.TrimEnd('.'), error);
        }

        return error.Id == ErrorIds.DestinationExists
            ? new ServiceException(ErrorIds.VolumeConflict, $"{error.Message} It belongs to no volume that is known here.", error) { Target = error.Target }
            : error;
    }
}
