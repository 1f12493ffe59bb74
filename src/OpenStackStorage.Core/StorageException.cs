namespace OpenStackStorage;

/// <summary>An expected failure: it carries a stable id, the thing it happened to, and what to do about it.</summary>
public class StorageException : Exception
{
    public StorageException(ErrorId id, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentNullException.ThrowIfNull(id);
        Id = id;
        Remedy = id.Remedy;
    }

    /// <summary>The stable identity of the failure.</summary>
    public ErrorId Id { get; }

    /// <summary>The path or object that the failure is about, as the user would name it.</summary>
    public string? Target { get; init; }

    /// <summary>What was found, in the user's units.</summary>
    public string? Found { get; init; }

    /// <summary>What was expected instead.</summary>
    public string? Expected { get; init; }

    /// <summary>What the user can do.</summary>
    public string Remedy { get; init; }
}
