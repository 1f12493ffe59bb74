using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenStackStorage.Rings;

/// <summary>
/// What swift-ring-composer keeps beside a composite ring to know its builders again: JSON. Source:
/// swift/common/ring/composite_builder.py, CompositeRingBuilder.
/// </summary>
/// <param name="Version">How often the ring was composed.</param>
/// <param name="BuilderPaths">The builders' full paths, in the order of the components.</param>
public sealed record CompositeFile(int Version, IReadOnlyList<CompositeComponent> Components, IReadOnlyList<string> BuilderPaths)
{
    private const int MaximumBytes = 1 << 20;

    /// <exception cref="RingException"><see cref="ErrorIds.RingFileCorrupt"/>.</exception>
    public static CompositeFile Read(string path)
    {
        byte[] bytes = RingStore.ReadAll(path);
        if (bytes.Length > MaximumBytes)
            throw Corrupt($"'{path}' has {bytes.Length} bytes; a composite file has {MaximumBytes} at most.");
        try
        {
            JsonNode file = JsonNode.Parse(bytes)!;
            CompositeComponent[] components =
            [
                .. file["components"]!.AsArray().Select(component =>
                    new CompositeComponent(component!["id"]!.GetValue<string>(), component["version"]!.GetValue<int>(), component["replicas"]!.GetValue<double>())),
            ];
            JsonObject paths = file["component_builder_files"]!.AsObject();
            return new CompositeFile(
                file["version"]!.GetValue<int>(), components, [.. components.Select(component => paths[component.Id]!.GetValue<string>())]);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException)
        {
            throw Corrupt($"'{path}' is not a composite file of swift-ring-composer: {error.Message}");
        }
    }

    /// <summary>Writes it whole or not at all.</summary>
    public void Write(string path)
    {
        JsonObject file = new()
        {
            ["components"] = new JsonArray([.. Components.Select(component => (JsonNode)new JsonObject
            {
                ["id"] = component.Id,
                ["replicas"] = (long)component.Replicas, // Compose takes whole numbers only
                ["version"] = component.Version,
            })]),
            ["component_builder_files"] = new JsonObject(Components.Select((component, i) => KeyValuePair.Create(component.Id, (JsonNode?)BuilderPaths[i]))),
            ["version"] = Version,
            ["saved_path"] = Path.GetFullPath(path),
            ["serialization_version"] = 1,
        };
        RingStore.WriteText(path, JsonSerializer.SerializeToUtf8Bytes(file));
    }

    private static RingException Corrupt(FormattableString message) => new(ErrorIds.RingFileCorrupt, RingErrors.Text(message));
}
