using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which image to share with whom.</summary>
/// <param name="Members">Projects.</param>
public sealed record ChangeGlanceImageMemberRequest(GlanceImage Image, IReadOnlyList<string> Members)
{
    /// <summary>The answer that is recorded; not for adding and removing.</summary>
    public ImageMemberStatus Status { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Shares images with projects, ends that, or records their answers. Asks about each; a refusal is the error of that project alone.</summary>
public static class ChangeGlanceImageMemberOperation
{
    public static void Add(ChangeGlanceImageMemberRequest request, ICmdletHost host) =>
        Change(request, host, member => $"Share with project '{member}'", (images, member) => images.AddMember(request.Image.Id, member));

    public static void Set(ChangeGlanceImageMemberRequest request, ICmdletHost host) =>
        Change(request, host, member => $"Record that project '{member}' {AnswerOf(request.Status)}",
            (images, member) => images.SetMember(request.Image.Id, member, request.Status));

    public static void Remove(ChangeGlanceImageMemberRequest request, ICmdletHost host) =>
        Change(request, host, member => $"Share no longer with project '{member}'", (images, member) =>
        {
            images.RemoveMember(request.Image.Id, member);
            return null;
        });

    private static void Change(
        ChangeGlanceImageMemberRequest request, ICmdletHost host, Func<string, string> action, Func<IImageService, string, ImageMember?> change)
    {
        GlanceImage image = request.Image;
        IImageService images = image.Connection.Images;
        foreach (string member in request.Members)
        {
            try
            {
                change(images.DryRun(), member);
                if (host.ShouldProcess(image.ToString(), action(member)) && change(images, member) is { } changed && request.PassThru)
                    host.WriteObject(new GlanceImageMember(changed, image));
            }
            catch (StorageException refused)
            {
                host.WriteError(refused);
            }
        }
    }

    private static string AnswerOf(ImageMemberStatus status) => status switch
    {
        ImageMemberStatus.Accepted => "accepts it",
        ImageMemberStatus.Rejected => "rejects it",
        _ => "has not answered",
    };
}
