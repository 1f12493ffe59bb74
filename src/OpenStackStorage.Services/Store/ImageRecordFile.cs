using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenStackStorage.Services;

/// <summary>
/// The record that lies beside an image's data: the image as JSON, with the version of that form. A lost catalogue is
/// rebuilt from these, so what is read is the same as what was written.
/// </summary>
public static class ImageRecordFile
{
    /// <summary>The version that this module writes.</summary>
    public const int Version = 1;

    /// <summary>Bytes that no sound record reaches; more is not read.</summary>
    public const int LargestSize = 64 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new IdConverter() },
    };

    public static void Write(Stream stream, Image image) => JsonSerializer.Serialize(stream, new Record(Version, image), Options);

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageRecordDamaged"/>, <see cref="ErrorIds.StoreTooNew"/>.</exception>
    public static Image Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            byte[] text = ReadAll(stream);
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("version", out JsonElement version) || !version.TryGetInt32(out int number) || number < 1)
            {
                throw Damaged("it names no version", null);
            }

            if (number > Version)
            {
                throw new ServiceException(ErrorIds.StoreTooNew, $"An image's record has version {number}; this module knows version {Version}.")
                {
                    Found = $"version {number}",
                    Expected = $"at most version {Version}",
                };
            }

            return JsonSerializer.Deserialize<Record>(text, Options)?.Image ?? throw Damaged("it is empty", null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Damaged(error.Message, error);
        }
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[64 << 10];
        while (stream.Read(buffer) is > 0 and int count)
        {
            all.Write(buffer, 0, count);
            if (all.Length > LargestSize)
                throw Damaged($"it is larger than {LargestSize} bytes", null);
        }

        return all.ToArray();
    }

    private static ServiceException Damaged(string why, Exception? inner) =>
        new(ErrorIds.ImageRecordDamaged, $"An image's record can not be read: {why}", inner);

    private sealed record Record(int Version, Image Image);

    private sealed class IdConverter : JsonConverter<ImageId>
    {
        public override ImageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ImageId.TryParse(reader.GetString(), out ImageId id) ? id : throw new JsonException("An id is no UUID.");

        public override void Write(Utf8JsonWriter writer, ImageId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
