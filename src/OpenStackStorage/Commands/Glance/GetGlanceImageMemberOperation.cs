using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Whose members to list.</summary>
public sealed record GetGlanceImageMemberRequest(GlanceImage Image)
{
    /// <summary>Projects without wildcards. Empty for all.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];
}

/// <summary>Lists the members of an image; one that was named and is not there is an error.</summary>
public static class GetGlanceImageMemberOperation
{
    public static void Run(GetGlanceImageMemberRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        GlanceImage image = request.Image;
        IReadOnlyList<ImageMember> members = image.Connection.Images.ListMembers(image.Id);
        foreach (ImageMember member in members.Where(member => request.Members.Count == 0 || request.Members.Contains(member.Member)))
            host.WriteObject(new GlanceImageMember(member, image));
        foreach (string missing in request.Members.Except(members.Select(member => member.Member)))
            host.WriteError(new ServiceException(ErrorIds.ImageMemberNotFound, $"Project '{missing}' is not found among the members of image {image.Id}.") { Target = missing });
    }
}
