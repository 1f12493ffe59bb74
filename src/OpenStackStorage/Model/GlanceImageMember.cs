using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A project that an image is shared with.</summary>
public sealed class GlanceImageMember
{
    private readonly ImageMember _member;

    internal GlanceImageMember(ImageMember member, GlanceImage image)
    {
        _member = member;
        ImageName = image.Name;
    }

    public Guid ImageId => _member.Image.Value;

    /// <summary>Null where the image has none.</summary>
    public string? ImageName { get; }

    /// <summary>The project.</summary>
    public string Member => _member.Member;

    /// <summary>The project's answer: <c>pending</c>, <c>accepted</c> or <c>rejected</c>.</summary>
    public string Status => ImageWords.Of(_member.Status);

    public DateTimeOffset CreatedAt => _member.CreatedAt;

    public DateTimeOffset UpdatedAt => _member.UpdatedAt;

    /// <summary>The image's id: PowerShell tries an object as text before it looks for <see cref="ImageId"/>, and cmdlets take ids as names.</summary>
    public override string ToString() => ImageId.ToString();
}
