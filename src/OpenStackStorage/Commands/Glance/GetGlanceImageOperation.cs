using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which images to show.</summary>
/// <param name="Connection">Null where there is no store, and so no image.</param>
/// <param name="Query">The filters of a list.</param>
public sealed record GetGlanceImageRequest(OpenStackStorageConnection? Connection, ImageQuery Query)
{
    /// <summary>Names with wildcards or without, or one id each. Empty for any.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The most images of the list; null for all.</summary>
    public int? First { get; init; }
}

/// <summary>Lists images, one by one as the catalogue gives them; what was named and is not there is an error.</summary>
public static class GetGlanceImageOperation
{
    public static void Run(GetGlanceImageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Names is [string text] && ImageId.TryParse(text, out ImageId id))
            Show(request.Connection, id, host);
        else
            List(request, host);
    }

    /// <summary>One image by its id, be it in a list or not.</summary>
    public static void Show(OpenStackStorageConnection? connection, ImageId id, ICmdletHost host) =>
        host.WriteObject(GlanceImages.Get(connection, id));

    private static void List(GetGlanceImageRequest request, ICmdletHost host)
    {
        List<string> missing = [.. request.Names.Where(name => !Wildcard.IsIn(name))];
        ImageQuery query = request.Query with { NamePatterns = request.Names };
        IEnumerable<Image> images = request.Connection?.Images.List(query) ?? [];
        foreach (Image image in images.Take(request.First ?? int.MaxValue))
        {
            missing.RemoveAll(name => name.Equals(image.Name, StringComparison.OrdinalIgnoreCase));
            host.WriteObject(new GlanceImage(image, request.Connection!));
        }

        foreach (string name in missing)
            host.WriteError(GlanceImages.NotFound(name));
    }
}
