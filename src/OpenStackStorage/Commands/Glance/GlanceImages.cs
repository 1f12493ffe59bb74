using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single images for the cmdlets.</summary>
internal static class GlanceImages
{
    /// <param name="connection">Null where there is no store, and so no image.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>.</exception>
    public static GlanceImage Get(OpenStackStorageConnection? connection, ImageId id) =>
        connection is null ? throw NotFound(id.ToString()) : new GlanceImage(connection.Images.Get(id), connection);

    /// <summary>
    /// The one image that a text names: an id, or a name. As the clients of OpenStack do: hidden ones too, and nothing is
    /// guessed among several. A name in another case is taken where none has it exactly.
    /// </summary>
    /// <param name="connection">Null where there is no store, and so no image.</param>
    /// <param name="inTrash">Whether those whose deletion was delayed come before the others, or after them.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>, <see cref="ErrorIds.ImageNameAmbiguous"/>.</exception>
    public static GlanceImage Find(OpenStackStorageConnection? connection, string name, bool inTrash = false)
    {
        if (connection is null)
            throw NotFound(name);
        ImageService images = connection.Images;
        ImageQuery query = new() { NamePatterns = [Wildcard.Escape(name)], AllVisible = true, AnyMemberStatus = true, Statuses = Enum.GetValues<ImageStatus>() };
        if (ImageId.TryParse(name, out ImageId id))
            query = query with { NamePatterns = [], Ids = [id] };
        IReadOnlyList<Image> found = [.. images.List(query), .. images.List(query with { Hidden = true })];
        Image one = found.Prefer(image => (image.Status == ImageStatus.PendingDelete) == inTrash).Prefer(image => image.Name == name)
            .Single(name, "image", "images", image => image.Id, NotFound, ErrorIds.ImageNameAmbiguous);
        return new GlanceImage(one, connection);
    }

    public static ServiceException NotFound(string name) => new(ErrorIds.ImageNotFound, $"No image is named '{name}'.") { Target = name };
}
