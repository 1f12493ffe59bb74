namespace OpenStackStorage.Services;

// glance/api/v2/image_members.py.
public sealed partial class ImageService
{
    public IReadOnlyList<ImageMember> ListMembers(ImageId id) => _catalog.Read(reader =>
    {
        Image image = FindShared(reader, id, "list");
        _access.Require("get_members", image);
        return (IReadOnlyList<ImageMember>)[.. reader.ListMembers(id).Where(member => IsVisible(image, member))];
    });

    public ImageMember AddMember(ImageId id, string member)
    {
        ImageRules.CheckMember(member);
        return _catalog.Write(writer =>
        {
            Image image = FindShared(writer, id, "create");
            _access.Require("add_member", image);
            if (writer.FindMember(id, member) is not null)
            {
                throw new ServiceException(ErrorIds.ImageConflict, $"Project '{member}' is a member of image {id} already.")
                {
                    Target = member,
                    Remedy = "Set-GlanceImageMember changes the answer of a member.",
                };
            }

            ImageQuotas.Of(writer, image.Owner).Require(ImageQuota.Members, writer.ListMembers(id).Count + 1);
            DateTimeOffset now = _parts.Clock.Now();
            ImageMember added = new(id, member, ImageMemberStatus.Pending, now, now);
            writer.PutMember(added);
            return added;
        });
    }

    public ImageMember SetMember(ImageId id, string member, ImageMemberStatus status) => _catalog.Write(writer =>
    {
        Image image = FindShared(writer, id, "update");
        ImageMember found = FindMember(writer, image, member);
        _access.Require("modify_member", image);
        ImageMember changed = found with { Status = status, UpdatedAt = _parts.Clock.Now() };
        writer.PutMember(changed);
        return changed;
    });

    public void RemoveMember(ImageId id, string member) => _catalog.Write(writer =>
    {
        Image image = FindShared(writer, id, "delete");
        FindMember(writer, image, member);
        _access.Require("delete_member", image);
        return writer.RemoveMember(id, member);
    });

    private Image FindShared(ICatalogReader catalog, ImageId id, string action)
    {
        Image image = _access.Find(catalog, id);
        return image.Visibility == ImageVisibility.Shared
            ? image
            : throw new ServiceException(ErrorIds.NotAuthorized,
                $"Not allowed to {action} members of image {id}: it is {ImageWords.Of(image.Visibility)}, and only shared images have members.")
            {
                Target = id.ToString(),
                Found = ImageWords.Of(image.Visibility),
                Expected = "shared",
                Remedy = "Run Set-GlanceImage -Visibility Shared on it first.",
            };
    }

    private ImageMember FindMember(ICatalogReader catalog, Image image, string member) =>
        catalog.FindMember(image.Id, member) is { } found && IsVisible(image, found) && _access.Allows("get_member", image)
            ? found
            : throw new ServiceException(ErrorIds.ImageMemberNotFound, $"Project '{member}' is not found among the members of image {image.Id}.") { Target = member };

    // glance/db/sqlalchemy/api.py, image_member_find: who does not own the image sees its own membership alone.
    private bool IsVisible(Image image, ImageMember member) => _access.IsAdmin || image.Owner == _access.Project || member.Member == _access.Project;
}
