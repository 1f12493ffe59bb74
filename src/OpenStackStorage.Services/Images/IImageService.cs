namespace OpenStackStorage.Services;

/// <summary>
/// Images as one identity may use them: Glance's rules, whoever carries them out. The embedded store is one
/// implementation, a cloud another; one conformance suite holds all of them to the same answers.
/// Refusals are <see cref="ServiceException"/>s. Members may be called from several threads.
/// </summary>
public interface IImageService
{
    Identity Identity { get; }

    /// <summary>
    /// A view of the same images that decides as this one and changes nothing: what it refuses, would be refused. It looks at
    /// no data that is to come.
    /// </summary>
    IImageService DryRun();

    /// <summary>Records an image without data: queued.</summary>
    Image Create(ImageSpec spec);

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageNotFound"/>, also for what the identity may not see.</exception>
    Image Get(ImageId id);

    /// <summary>Read page by page while it is enumerated.</summary>
    IEnumerable<Image> List(ImageQuery query);

    Image Update(ImageId id, ImageChange change);

    /// <param name="delay">Keeps the data until the trash is cleared: pending_delete.</param>
    void Delete(ImageId id, bool delay);

    /// <summary>Takes an image back whose deletion was delayed.</summary>
    Image Restore(ImageId id);

    /// <summary>Stores the data of a queued image; after a failure it is queued again and says why.</summary>
    Image Upload(ImageId id, ImageContent content, ImageUploadOptions options, WorkProgress progress, CancellationToken token);

    /// <summary>Opens an active image's data. The caller disposes it.</summary>
    ImageData Open(ImageId id);

    /// <summary>Withholds the data of an active image from all but admins.</summary>
    Image Deactivate(ImageId id);

    Image Reactivate(ImageId id);

    IReadOnlyList<ImageMember> ListMembers(ImageId id);

    ImageMember AddMember(ImageId id, string member);

    ImageMember SetMember(ImageId id, string member, ImageMemberStatus status);

    void RemoveMember(ImageId id, string member);

    /// <summary>What a project has and may have.</summary>
    ImageUsage GetUsage(string project);
}

/// <summary>An image and its data, as one moment saw them.</summary>
public sealed record ImageData(Image Image, Disks.BlockDevice Device) : IDisposable
{
    public void Dispose() => Device.Dispose();
}
