using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// A place that keeps the data of images by key: glance_store's drivers. Knows no rules and no catalogue.
/// Several threads and processes use one store at once.
/// </summary>
public interface IImageStore
{
    /// <summary>What locations name it by.</summary>
    string Name { get; }

    /// <summary>Bytes in all and free; null where the medium does not say.</summary>
    StoreSpace? GetSpace();

    /// <summary>True where the store has an image's data already, so that it takes no other.</summary>
    bool Holds(ImageId id);

    /// <summary>Begins to store an image's data. Nothing has the final key before <see cref="IPendingImageData.Commit"/>.</summary>
    /// <param name="length">Bytes that are expected; null when not known. Refused at once where they don't fit.</param>
    IPendingImageData Begin(ImageId id, long? length);

    /// <summary>Opens data for reading.</summary>
    /// <exception cref="ServiceException">There is none under that key.</exception>
    BlockDevice Open(string key);

    /// <summary>Removes data and what lies beside it. False where there was none.</summary>
    bool Delete(string key);

    /// <summary>Everything that the store holds, unfinished data too.</summary>
    IEnumerable<StoredImageData> List();
}

/// <summary>Data on its way into a store. Disposing it before its commit removes it.</summary>
public interface IPendingImageData : IDisposable
{
    /// <summary>The key that the data gets.</summary>
    string Key { get; }

    /// <summary>What is written to. Where the store takes no random access, writes must follow one another.</summary>
    BlockDevice Device { get; }

    /// <summary>Brings the data, and the record of it that lies beside it, to stable storage under the key.</summary>
    /// <param name="record">The image as the catalogue will know it; a lost catalogue is rebuilt from these.</param>
    void Commit(Image record, CancellationToken token);
}

/// <summary>Bytes of a medium.</summary>
public sealed record StoreSpace(long Total, long Free);

/// <summary>One thing that a store holds.</summary>
/// <param name="Record">What lies beside the data; null where it is missing or unreadable.</param>
/// <param name="IsPartial">True for what was never committed.</param>
public sealed record StoredImageData(string Key, long Length, Image? Record, bool IsPartial);
