using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>The long work on images, as it stands in the catalogue.</summary>
internal static class ImageOperations
{
    public const string Upload = "image-upload";
    public const string Delete = "image-delete";

    private static readonly JsonSerializerOptions Options = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static CatalogOperation NewUpload(Guid id, ImageId image, UploadDetail detail, DateTimeOffset now) =>
        new(id, Upload, image.ToString(), JsonSerializer.Serialize(detail), now);

    public static CatalogOperation NewDelete(Guid id, Image image, DateTimeOffset now) =>
        new(id, Delete, image.Id.ToString(), JsonSerializer.Serialize(image.Locations), now);

    /// <exception cref="ServiceException"><see cref="ErrorIds.CatalogDamaged"/>.</exception>
    public static UploadDetail UploadOf(CatalogOperation operation) => Read<UploadDetail>(operation);

    /// <exception cref="ServiceException"><see cref="ErrorIds.CatalogDamaged"/>.</exception>
    public static IReadOnlyList<ImageLocation> LocationsOf(CatalogOperation operation) =>
        [.. Read<ImageLocation?[]>(operation).Select(location => location ?? throw Damaged(operation, null))];

    /// <summary>Bytes that the project's other uploads have reserved.</summary>
    public static long ReservedBy(ICatalogReader catalog, string project, Guid except) =>
        catalog.ListOperations()
            .Where(operation => operation.Kind == Upload && operation.Id != except)
            .Select(UploadOf)
            .Where(detail => detail.Project == project)
            .Sum(detail => detail.Reserved);

    private static T Read<T>(CatalogOperation operation)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(operation.Detail, Options) ?? throw Damaged(operation, null);
        }
        catch (JsonException error)
        {
            throw Damaged(operation, error);
        }
    }

    private static ServiceException Damaged(CatalogOperation operation, Exception? inner) =>
        new(ErrorIds.CatalogDamaged, $"Operation {operation.Id} of the catalogue is no {operation.Kind}: its detail is '{operation.Detail}'.", inner)
        {
            Target = operation.Subject,
            Found = operation.Detail,
        };
}

/// <param name="Store">The store's name.</param>
/// <param name="Project">Whose quota the data counts against.</param>
/// <param name="Reserved">Bytes of the quota that the upload holds while it runs.</param>
internal sealed record UploadDetail(string Store, string Project, long Reserved);
