using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderImageCacheTests : CinderTest
{
    [Fact]
    public void An_image_is_copied_after_a_question_and_found_by_all_its_names()
    {
        Blank("first");
        GlanceImage image = Image();
        MemoryHost dry = Add(image, answer: false);
        Assert.Equal((VolumeParts.FirstBackend, "Copy the image 'debian' of 1 GiB to its cache"), Assert.Single(dry.Questions));
        Assert.Empty(List(null));

        CinderImageCache entry = Assert.IsType<CinderImageCache>(Assert.Single(Add(image).Objects));
        Assert.Equal((image.ImageId, "debian", "available", 1L << 30), (entry.CachedImageId, entry.ImageName, entry.Status, entry.Size));
        Assert.Equal(entry.CacheId, Assert.IsType<CinderImageCache>(Assert.Single(Add(image).Objects)).CacheId);
        foreach (NameOr<GlanceImage> named in new[] { new(image), new("Debian"), new NameOr<GlanceImage>(image.ImageId.ToString()) })
            Assert.Equal(entry.CacheId, Assert.Single(List(named)).CacheId);
        Assert.Empty(List(new NameOr<GlanceImage>("deb")));
        Refused(ErrorIds.BackendNotFound, () => CinderImageCaches.List(Admin, null, "nope"));
    }

    [Fact]
    public void An_image_without_data_is_refused_before_the_question()
    {
        Blank("first");
        Refused(ErrorIds.ImageConflict, () => Add(Record("queued"), answer: false));
    }

    [Fact]
    public void An_entry_that_volumes_share_data_with_stays_until_they_go()
    {
        GlanceImage image = Image();
        CinderVolume volume = Make(Wanted(new VolumeSpec { Name = "web" }) with { Image = new NameOr<GlanceImage>(image) });
        CinderImageCache entry = Assert.Single(List(null));
        MemoryHost dry = Host(answer: false);
        Assert.Contains($"{volume.VolumeId}", Refused(ErrorIds.VolumeConflict, () => CinderImageCaches.Remove(entry, dry)).Message, StringComparison.Ordinal);
        Assert.Empty(dry.Questions);

        Admin.Volumes.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        CinderImageCaches.Remove(entry, dry);
        Assert.Equal(($"{entry}", "Remove the cached image of 1 GiB"), Assert.Single(dry.Questions));
        Assert.Single(List(null));
        CinderImageCaches.Remove(entry, Host());
        Assert.Empty(List(null));
    }

    private MemoryHost Add(GlanceImage image, bool answer = true)
    {
        MemoryHost host = Host(answer);
        AddCinderImageCacheOperation.Run(new AddCinderImageCacheRequest(image, CinderBackends.Find(Admin, VolumeParts.FirstBackend)), host);
        return host;
    }

    private IReadOnlyList<CinderImageCache> List(NameOr<GlanceImage>? image) => CinderImageCaches.List(Admin, image, null);
}
