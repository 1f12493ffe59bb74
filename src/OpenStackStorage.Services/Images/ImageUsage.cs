namespace OpenStackStorage.Services;

/// <summary>A project's images, counted.</summary>
/// <param name="Count">Images that are not deleted.</param>
/// <param name="Size">Bytes of data of those images, in every store that holds them.</param>
/// <param name="Uploading">Images whose data is arriving.</param>
public sealed record ImageUsage(string Project, long Count, long Size, long Uploading)
{
    /// <summary>Bytes that uploads hold while they run. They stand in operations: the service adds them, the catalogue has none.</summary>
    public long Reserved { get; init; }
}
