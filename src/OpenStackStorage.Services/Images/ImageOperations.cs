using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>The long work on images, as it stands in the catalogue.</summary>
internal static class ImageOperations
{
    public const string Upload = "image-upload";
    public const string Delete = "image-delete";

    public static CatalogOperation NewUpload(Guid id, ImageId image, UploadDetail detail, DateTimeOffset now) =>
        new(id, Upload, image.ToString(), JsonSerializer.Serialize(detail), now);

    public static CatalogOperation NewDelete(Guid id, Image image, DateTimeOffset now) =>
        new(id, Delete, image.Id.ToString(), JsonSerializer.Serialize(image.Locations), now);

    public static UploadDetail UploadOf(CatalogOperation operation) => JsonSerializer.Deserialize<UploadDetail>(operation.Detail)!;

    public static IReadOnlyList<ImageLocation> LocationsOf(CatalogOperation operation) => JsonSerializer.Deserialize<ImageLocation[]>(operation.Detail)!;

    /// <summary>Bytes that the project's other uploads have reserved.</summary>
    public static long ReservedBy(ICatalogReader catalog, string project, Guid except) =>
        catalog.ListOperations()
            .Where(operation => operation.Kind == Upload && operation.Id != except)
            .Select(UploadOf)
            .Where(detail => detail.Project == project)
            .Sum(detail => detail.Reserved);
}

/// <param name="Store">The store's name.</param>
/// <param name="Project">Whose quota the data counts against.</param>
/// <param name="Reserved">Bytes of the quota that the upload holds while it runs.</param>
internal sealed record UploadDetail(string Store, string Project, long Reserved);
