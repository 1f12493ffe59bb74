namespace OpenStackStorage.Services.Tests;

/// <summary>A new catalogue of some implementation, and images to put into it.</summary>
public abstract class CatalogTest
{
    protected static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected static readonly Identity Admin = new("root", "adminproject", ["Admin"]);

    protected static readonly Identity Alice = new("alice", "one", ["member"]);

    protected static readonly Identity Bob = new("bob", "two", ["member"]);

    protected abstract ICatalog Catalog { get; }

    /// <summary>An active image of project one. Ids ascend with the number.</summary>
    protected static Image Sample(int number, string? name = null, DateTimeOffset? created = null) => new()
    {
        Id = IdOf(number),
        Name = name,
        Status = ImageStatus.Active,
        Owner = "one",
        CreatedAt = created ?? Start.AddSeconds(number),
        UpdatedAt = created ?? Start.AddSeconds(number),
    };

    protected static ImageId IdOf(int number) => new(new Guid(number, 0, 0, new byte[8]));

    protected void Put(params Image[] images) => Catalog.Write(change =>
    {
        foreach (Image image in images)
            change.PutImage(image);
        return true;
    });

    protected void Put(ImageMember member) => Catalog.Write(change =>
    {
        change.PutMember(member);
        return true;
    });

    /// <summary>The numbers of the images that a query finds, in its order.</summary>
    protected int[] Find(ImageQuery query, Identity? viewer = null, int limit = 1000) =>
        [.. List(query, viewer, limit).Select(image => Convert.ToInt32(image.Id.ToString()[..8], 16))];

    protected IReadOnlyList<Image> List(ImageQuery query, Identity? viewer = null, int limit = 1000) =>
        Catalog.Read(catalog => catalog.ListImages(query, viewer ?? Alice, limit));

    protected Image? Get(ImageId id) => Catalog.Read(catalog => catalog.FindImage(id));

    protected static ImageMember Member(int image, string project, ImageMemberStatus status) => new(IdOf(image), project, status, Start, Start);
}
