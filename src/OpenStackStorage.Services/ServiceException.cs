namespace OpenStackStorage.Services;

/// <summary>A service refuses a request, or can't carry it out.</summary>
public sealed class ServiceException(ErrorId id, string message, Exception? innerException = null) : StorageException(id, message, innerException);
