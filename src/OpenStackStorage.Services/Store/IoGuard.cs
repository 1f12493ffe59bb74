namespace OpenStackStorage.Services;

/// <summary>The system's failures as errors with a name.</summary>
internal static class IoGuard
{
    public static T Run<T>(string path, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ServiceException(ErrorIds.AccessDenied, $"'{path}': {error.Message}", error) { Target = path };
        }
        catch (IOException error)
        {
            throw new ServiceException(ErrorIds.WriteFailed, $"'{path}' can not be written or read: {error.Message}", error) { Target = path };
        }
    }
}
