using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenStackStorage.Services;

/// <summary>
/// A table of records: a row holds a record as JSON under its key, and beside it the columns that rows are found and summed
/// by. Records are compared by their key alone; what a record refers to is the services' business.
/// </summary>
/// <param name="Name">The table's name in the catalogue; its columns are made by a step of the schema.</param>
/// <param name="Key">A record's key.</param>
/// <param name="Columns">Text or whole numbers, by name. Null where a record has none.</param>
public sealed record CatalogTable<T>(string Name, Func<T, string> Key, IReadOnlyDictionary<string, Func<T, object?>> Columns)
    where T : class
{
    // Nulls are written: what is missing reads as the property's default, which may be another value.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters =
        {
            new JsonStringEnumConverter(new VolumeWords.NamingPolicy(), allowIntegerValues: false),
            new IdConverter<ImageId>(value => new ImageId(value), id => id.Value),
            new IdConverter<VolumeId>(value => new VolumeId(value), id => id.Value),
            new IdConverter<SnapshotId>(value => new SnapshotId(value), id => id.Value),
            new IdConverter<AttachmentId>(value => new AttachmentId(value), id => id.Value),
        },
    };

    internal static string Serialize(T record) => JsonSerializer.Serialize(record, Options);

    /// <exception cref="ServiceException"><see cref="ErrorIds.CatalogDamaged"/>.</exception>
    internal T Deserialize(string key, string body)
    {
        try
        {
            if (JsonSerializer.Deserialize<T>(body, Options) is { } record)
                return record;
        }
        catch (JsonException error)
        {
            throw Damaged(error);
        }

        throw Damaged(null);

        ServiceException Damaged(Exception? error) =>
            new(ErrorIds.CatalogDamaged, $"The catalogue's record '{key}' in '{Name}' can't be read.", error) { Target = key, Found = body };
    }
}

/// <summary>Typed ids as plain UUIDs.</summary>
internal sealed class IdConverter<T>(Func<Guid, T> make, Func<T, Guid> value) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => make(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, T id, JsonSerializerOptions options) => writer.WriteStringValue(value(id));
}

/// <summary>Rows that were counted, and the sum of one of their columns.</summary>
public sealed record CatalogTotal(long Count, long Sum);
