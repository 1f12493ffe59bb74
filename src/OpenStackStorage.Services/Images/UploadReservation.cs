using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// Room in a project's quota, held while data arrives: of two uploads only one gets the last byte, whatever process they run
/// in. Data of unknown length takes room in steps while there is much, and no more than has arrived where there is little.
/// The room stands in the operation and goes with it.
/// </summary>
internal sealed class UploadReservation(ICatalog catalog, CatalogOperation operation)
{
    // Bytes: few transactions while data arrives.
    private const long Step = 64 << 20;

    // Bytes: with less room than this nothing is held back from others.
    private const long Plenty = 16 * Step;

    private readonly Lock _lock = new();
    private long _reserved = ImageOperations.UploadOf(operation).Reserved;

    /// <summary>The room for a first announcement, in the transaction that begins the upload.</summary>
    /// <param name="length">Bytes; 0 where they are not known.</param>
    public static void Require(ICatalogReader catalog, string project, long length, Guid operation)
    {
        ImageQuotas quotas = ImageQuotas.Of(catalog, project);
        quotas.Require(ImageQuota.SizeCap, length);
        quotas.Require(ImageQuota.SizeTotal, catalog.GetImageUsage(project).Size + ImageOperations.ReservedBy(catalog, project, operation) + length);
    }

    /// <summary>Makes room for all bytes so far. Thread-safe.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QuotaExceeded"/>.</exception>
    public void Cover(long length)
    {
        lock (_lock)
        {
            if (length > _reserved)
                _reserved = catalog.Write(writer => Extend(writer, length));
        }
    }

    private long Extend(ICatalogWriter writer, long length)
    {
        UploadDetail detail = ImageOperations.UploadOf(operation);
        Require(writer, detail.Project, length, operation.Id);
        long limit = ImageQuotas.Of(writer, detail.Project)[ImageQuota.SizeTotal];
        bool isPlenty = limit == ImageQuotas.Unlimited
            || limit - writer.GetImageUsage(detail.Project).Size - ImageOperations.ReservedBy(writer, detail.Project, operation.Id) - length > Plenty;
        long reserved = isPlenty ? length + Step : length;
        writer.PutOperation(operation with { Detail = JsonSerializer.Serialize(detail with { Reserved = reserved }) });
        return reserved;
    }
}
