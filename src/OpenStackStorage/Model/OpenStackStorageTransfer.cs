namespace OpenStackStorage.Model;

/// <summary>A store that was exported or imported.</summary>
public sealed class OpenStackStorageTransfer
{
    /// <summary>Full path of the export, or of the store that it went into.</summary>
    public required string Path { get; init; }

    /// <summary>The id of the store that was exported.</summary>
    public required Guid StoreId { get; init; }

    /// <summary>Images with data.</summary>
    public required int ImageCount { get; init; }

    /// <summary>Bytes of their data.</summary>
    public required long Size { get; init; }

    /// <summary>Images that were left out; a warning names each.</summary>
    public required int SkippedCount { get; init; }

    public override string ToString() => Path;
}
