namespace OpenStackStorage;

/// <summary>What kind of failure an error is. The names are those of PowerShell's <c>ErrorCategory</c>.</summary>
public enum StorageErrorCategory
{
    InvalidArgument,
    InvalidData,
    InvalidOperation,
    NotImplemented,
    ObjectNotFound,
    ResourceExists,
    ResourceBusy,
    ResourceUnavailable,
    SecurityError,
    PermissionDenied,
    ReadError,
    WriteError,
    LimitsExceeded,
    QuotaExceeded,
    OperationTimeout,
}

/// <summary>A stable error identity. Scripts match <see cref="Name"/>; it never changes once released.</summary>
/// <param name="Name">Pascal case, no spaces: the first part of PowerShell's <c>FullyQualifiedErrorId</c>.</param>
/// <param name="Category">The kind of failure.</param>
/// <param name="Meaning">One sentence: what happened.</param>
/// <param name="Remedy">One sentence: what the user can do. An exception may give a better one.</param>
public sealed record ErrorId(string Name, StorageErrorCategory Category, string Meaning, string Remedy)
{
    /// <summary>The name alone, as scripts match it.</summary>
    public override string ToString() => Name;
}
