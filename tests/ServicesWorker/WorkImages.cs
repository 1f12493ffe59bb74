namespace OpenStackStorage.Services.Worker;

/// <summary>
/// Images that say themselves what they must be: their properties hold the seed and the length of their data and the number of
/// their last change, so that whoever finds one knows whether it is whole.
/// </summary>
public static class WorkImages
{
    public const string Content = "content";
    public const string Revision = "revision";

    /// <summary>Every state that a list may show.</summary>
    public static ImageQuery All { get; } = new()
    {
        Statuses = [ImageStatus.Queued, ImageStatus.Saving, ImageStatus.Active, ImageStatus.Deactivated, ImageStatus.PendingDelete],
    };

    public static Identity User { get; } = new("kim", "work", ["admin"]);

    public static ImageSpec NewSpec(Random random) => new()
    {
        DiskFormat = random.Next(3) == 0 ? ImageDiskFormat.Qcow2 : ImageDiskFormat.Raw,
        ContainerFormat = ImageContainerFormat.Bare,
        Name = NameOf(0),
        Tags = [NameOf(0)],
        Properties = new Dictionary<string, string>
        {
            [Content] = $"{random.Next()},{512 * (random.Next(12) == 0 ? random.Next(6_000, 12_000) : random.Next(1, 600))}",
            [Revision] = "0",
        },
    };

    /// <summary>Name, tag and revision change together or not at all.</summary>
    public static ImageChange ChangeTo(int revision) => new()
    {
        Name = NameOf(revision),
        Tags = [NameOf(revision)],
        SetProperties = new Dictionary<string, string> { [Revision] = $"{revision}" },
    };

    public static string NameOf(int revision) => $"revision {revision}";

    public static int RevisionOf(Image image) => int.Parse(image.Properties[Revision], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The bytes of the disk: noise with stretches of zeroes.</summary>
    public static byte[] DiskOf(Image image)
    {
        int[] content = [.. image.Properties[Content].Split(',').Select(int.Parse)];
        Random random = new(content[0]);
        byte[] bytes = new byte[content[1]];
        for (int at = 0; at < bytes.Length;)
        {
            int run = Math.Min(bytes.Length - at, random.Next(1, 300_000));
            if (at == 0 || random.Next(2) == 0)
                random.NextBytes(bytes.AsSpan(at, run));
            at += run;
        }

        return bytes;
    }
}
