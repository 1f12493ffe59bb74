namespace OpenStackStorage.Services;

/// <summary>Ends or undoes operations of one kind whose process died.</summary>
public interface IOperationRecovery
{
    /// <summary><see cref="CatalogOperation.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>
    /// Ends or undoes one, and takes it out of the catalogue in the transaction that changes what it was about. Its lock is
    /// held meanwhile. It may have been tried before.
    /// </summary>
    void Recover(CatalogOperation operation, EmbeddedStore store);
}

/// <summary>An operation that was found without a process when the store was opened.</summary>
/// <param name="Error">Why it could not be recovered; null when it was. It is tried again at the next opening.</param>
public sealed record RecoveredOperation(CatalogOperation Operation, StorageException? Error);
