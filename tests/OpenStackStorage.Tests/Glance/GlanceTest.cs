using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

/// <summary>A store in a folder of its own, and operations run in it without PowerShell.</summary>
public abstract class GlanceTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;
    private readonly StoreSession _session = new();

    protected GlanceTest() => Admin = Connect("default", "admin");

    protected OpenStackStorageConnection Admin { get; }

    public void Dispose()
    {
        foreach (OpenStackStorageConnection connection in _session.Connections)
            _session.Disconnect(connection);
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected OpenStackStorageConnection Connect(string project, params string[] roles) =>
        _session.Connect(At("store"), new Identity("sam", project, roles), Host());

    protected string At(string name) => Path.Combine(_folder, name);

    protected MemoryHost Host(bool answer = true, CancellationToken stop = default) => new() { Folder = _folder, Answer = answer, Stop = stop };

    protected string Disk(string name, DiskImageFormat format)
    {
        NewDiskImageOperation.Run(new NewDiskImageRequest(name, format) { Size = 1 << 20 }, Host());
        return At(name);
    }

    protected NewGlanceImageRequest Request(string? path = null, ImageSpec? spec = null, OpenStackStorageConnection? connection = null) =>
        new(connection ?? Admin, () => connection ?? Admin) { Path = path, Spec = spec ?? new ImageSpec() };

    protected GlanceImage Publish(NewGlanceImageRequest request)
    {
        MemoryHost host = Host();
        NewGlanceImageOperation.Run(request, host);
        return Assert.IsType<GlanceImage>(Assert.Single(host.Objects));
    }

    /// <summary>An image without data.</summary>
    protected GlanceImage Record(string name, OpenStackStorageConnection? connection = null) =>
        Publish(Request(spec: new ImageSpec { Name = name }, connection: connection));

    protected GlanceImage Now(GlanceImage image) => new(Admin.Images.Get(new ImageId(image.ImageId)), Admin);

    protected string[] List(ImageQuery query, params string[] names) => [.. Listed(query, names).Objects.Cast<GlanceImage>().Select(image => image.Name!)];

    protected MemoryHost Listed(ImageQuery query, params string[] names)
    {
        MemoryHost host = Host();
        GetGlanceImageOperation.Run(new GetGlanceImageRequest(Admin, query) { Names = names }, host);
        return host;
    }

    protected static StorageException Refused(ErrorId id, Action action)
    {
        StorageException error = Assert.ThrowsAny<StorageException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
