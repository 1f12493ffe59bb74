namespace OpenStackStorage.Services;

/// <summary>
/// Keeps what the services know. Knows no rules: policy, quotas and states are the services' business, which decide
/// inside a transaction. Several threads and processes use one catalogue at once.
/// </summary>
public interface ICatalog : IDisposable
{
    /// <summary>Runs a query on one consistent state.</summary>
    T Read<T>(Func<ICatalogReader, T> query);

    /// <summary>
    /// Runs a change as one transaction: nobody else changes anything between its reads and its writes. What it throws
    /// undoes it. It may be run again after a conflict, so it must have no effect elsewhere.
    /// </summary>
    T Write<T>(Func<ICatalogWriter, T> change);
}

/// <summary>What can be asked of one state of the catalogue.</summary>
public interface ICatalogReader
{
    /// <summary>Any image, deleted ones too; null where there is none.</summary>
    Image? FindImage(ImageId id);

    /// <summary>
    /// One page in the query's order, of what the viewer may see. Deleted and killed images are in none, and those whose
    /// deletion is delayed only where their status is asked for.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>: there is no such marker, or the viewer may not see it.</exception>
    IReadOnlyList<Image> ListImages(ImageQuery query, Identity viewer, int limit);

    ImageMember? FindMember(ImageId image, string member);

    /// <summary>In the order of their creation.</summary>
    IReadOnlyList<ImageMember> ListMembers(ImageId image);

    ImageUsage GetImageUsage(string project);

    /// <summary>A setting's value; null where there is none.</summary>
    string? FindSetting(string name);

    IReadOnlyList<CatalogOperation> ListOperations();

    /// <summary>A record; null where there is none.</summary>
    T? Find<T>(CatalogTable<T> table, string key)
        where T : class;

    /// <summary>The records whose columns have these values, in the order in which they were first put.</summary>
    IReadOnlyList<T> List<T>(CatalogTable<T> table, params (string Column, object? Value)[] where)
        where T : class;

    /// <summary>The records whose columns have these values, counted, and the sum of a column of whole numbers.</summary>
    CatalogTotal Total<T>(CatalogTable<T> table, string? sum, params (string Column, object? Value)[] where)
        where T : class;
}

/// <summary>What can be changed in one transaction.</summary>
public interface ICatalogWriter : ICatalogReader
{
    /// <summary>Adds an image or takes the place of the one with its id, with tags, properties and locations.</summary>
    void PutImage(Image image);

    /// <summary>Forgets an image and its members.</summary>
    void RemoveImage(ImageId id);

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>.</exception>
    void PutMember(ImageMember member);

    bool RemoveMember(ImageId image, string member);

    /// <param name="value">Null removes it.</param>
    void PutSetting(string name, string? value);

    void PutOperation(CatalogOperation operation);

    void RemoveOperation(Guid id);

    /// <summary>Adds a record or takes the place of the one with its key.</summary>
    void Put<T>(CatalogTable<T> table, T record)
        where T : class;

    bool Remove<T>(CatalogTable<T> table, string key)
        where T : class;
}

/// <summary>
/// Long work on one thing, as it stands in the catalogue while it runs: Cinder's "workers" table. Its process holds the
/// lock of that id; who finds the lock free knows that the process died, and cleans up.
/// </summary>
/// <param name="Kind">What is done: <c>image-upload</c>, <c>image-delete</c>.</param>
/// <param name="Subject">The id of what it is done to.</param>
/// <param name="Detail">What recovery needs to know, for this kind; a store's key, for example.</param>
public sealed record CatalogOperation(Guid Id, string Kind, string Subject, string Detail, DateTimeOffset StartedAt);
