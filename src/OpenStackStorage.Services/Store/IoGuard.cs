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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Write(path, error);
        }
    }
}
