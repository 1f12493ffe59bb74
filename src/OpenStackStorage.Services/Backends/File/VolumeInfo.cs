using System.Text;
using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// Which layer of a volume takes the writes, and which began with which snapshot: <c>volume-&lt;id&gt;.info</c> as
/// <c>_write_info_file</c> of remotefs writes it. A volume whose first layer is its only one need not have the file.
/// </summary>
/// <param name="Active">The active file.</param>
/// <param name="Snapshots">By snapshot, the file that began with it; the snapshot's content ends with the layer beneath.</param>
internal sealed record VolumeInfo(string Active, IReadOnlyDictionary<SnapshotId, string> Snapshots)
{
    private const string ActiveKey = "active";

    private static readonly JsonWriterOptions Layout = new() { Indented = true, IndentSize = 1, NewLine = "\n" };

    public static VolumeInfo None(VolumeId volume) => new(LayerNames.First(volume), new Dictionary<SnapshotId, string>());

    /// <summary>What the file says; null where there is none.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeDamaged"/>.</exception>
    public static VolumeInfo? Find(VolumeFolder folder, VolumeId volume, string name)
    {
        if (folder.ReadText(name) is not { } text)
            return null;
        try
        {
            Dictionary<string, string>? entries = JsonSerializer.Deserialize<Dictionary<string, string>>(text);
            if (entries is null || !entries.Remove(ActiveKey, out string? active))
                throw Damaged(folder[name], "it has no 'active'");
            Dictionary<SnapshotId, string> snapshots = [];
            foreach ((string key, string file) in entries)
                snapshots.Add(SnapshotId.TryParse(key, out SnapshotId id) ? id : throw Damaged(folder[name], $"'{key}' is no snapshot"), file);
            foreach (string file in snapshots.Values.Append(active))
            {
                if (!LayerNames.IsLayerOf(volume, file))
                    throw Damaged(folder[name], $"'{file}' is no layer of the volume");
            }

            return new VolumeInfo(active, snapshots);
        }
        catch (JsonException error)
        {
            throw Damaged(folder[name], "it is no JSON object of texts", error);
        }
    }

    public static VolumeInfo Read(VolumeFolder folder, VolumeId volume) => Find(folder, volume, LayerNames.Info(volume)) ?? None(volume);

    /// <summary>Writes the file. The change has happened when this returns.</summary>
    public void Write(VolumeFolder folder, VolumeId volume)
    {
        folder.WriteText(LayerNames.Info(volume), ToText());
        folder.Flush();
    }

    public string ToText()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Layout))
        {
            writer.WriteStartObject();
            foreach ((string key, string file) in Snapshots.Select(pair => (pair.Key.ToString(), pair.Value)).Append((ActiveKey, Active)).OrderBy(pair => pair.Item1, StringComparer.Ordinal))
                writer.WriteString(key, file);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public VolumeInfo With(SnapshotId? snapshot, string active) => snapshot is { } id
        ? new VolumeInfo(active, new Dictionary<SnapshotId, string>(Snapshots) { [id] = active })
        : this with { Active = active };

    public VolumeInfo Without(SnapshotId snapshot) =>
        this with { Snapshots = Snapshots.Where(pair => pair.Key != snapshot).ToDictionary() };

    private static ServiceException Damaged(string path, string what, Exception? inner = null) =>
        new(ErrorIds.VolumeDamaged, $"'{path}' does not say what the volume is made of: {what}.", inner) { Target = path };
}
