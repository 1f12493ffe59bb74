namespace OpenStackStorage.Rings;

/// <summary>A ring or builder that can't be read, or a change to one that is refused.</summary>
public sealed class RingException(ErrorId id, string message) : StorageException(id, message);
