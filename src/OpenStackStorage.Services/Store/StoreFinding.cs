namespace OpenStackStorage.Services;

/// <summary>How bad a finding is.</summary>
public enum StoreSeverity
{
    /// <summary>A state to know; nothing is wrong.</summary>
    Information,

    /// <summary>Space is held for nothing, or what would be needed after a loss is missing.</summary>
    Warning,

    /// <summary>The catalogue or an image is not what it says it is.</summary>
    Error,
}

/// <summary>What can be wrong with a store.</summary>
public enum StoreFindingKind
{
    /// <summary>The catalogue is gone, and data is there.</summary>
    CatalogMissing,

    /// <summary>SQLite's integrity check fails, rows belong to no image, or the file is no catalogue.</summary>
    CatalogDamaged,

    /// <summary>A folder of images is not there: a share that is not mounted. What it holds is not judged.</summary>
    FolderMissing,

    /// <summary>An image without its data.</summary>
    DataMissing,

    /// <summary>An image whose data has another length.</summary>
    DataLength,

    /// <summary>An image whose data has another hash. Found by a deep check alone.</summary>
    DataHash,

    /// <summary>Data with a sound record, of an image that the catalogue does not know with data.</summary>
    ImageLost,

    /// <summary>Data without a sound record, of an image that the catalogue does not know with data.</summary>
    DataOrphaned,

    /// <summary>Data of a deleted image.</summary>
    DataDeleted,

    /// <summary>Data that nobody is bringing any more.</summary>
    DataUnfinished,

    /// <summary>Data without the record beside it.</summary>
    RecordMissing,

    /// <summary>A record that can't be read.</summary>
    RecordDamaged,

    /// <summary>A record that says something else than the catalogue.</summary>
    RecordDiffers,

    /// <summary>A record without data, of an image that the catalogue does not know with data.</summary>
    RecordOrphaned,

    /// <summary>An image whose data is said to arrive, and nobody brings it.</summary>
    ImageStuck,

    /// <summary>An operation whose process died.</summary>
    OperationDead,

    /// <summary>A lock file that nobody holds.</summary>
    LockStale,

    /// <summary>A folder that an import left whose process died.</summary>
    ImportUnfinished,

    /// <summary>A file that no store makes.</summary>
    FileForeign,
}

/// <summary>One thing that a check of a store found.</summary>
/// <param name="Path">Full path of the file or folder that it is about.</param>
public sealed record StoreFinding(StoreFindingKind Kind, StoreSeverity Severity, string Path, string Message)
{
    /// <summary>The image that it is about; null where it is about none.</summary>
    public ImageId? Image { get; init; }

    public string? Found { get; init; }

    public string? Expected { get; init; }

    /// <summary>What a repair would do; null where it would do nothing.</summary>
    public string? Repair { get; init; }
}
