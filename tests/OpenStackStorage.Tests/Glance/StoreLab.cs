using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

/// <summary>A store in a folder of its own, with connections to it.</summary>
internal sealed class StoreLab : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("oss-glance-").FullName;
    private readonly StoreSession _session = new();

    public StoreLab() => Admin = As("default", "admin");

    public OpenStackStorageConnection Admin { get; }

    public string ImagesFolder => Path.Combine(_folder, "lab", "images");

    public OpenStackStorageConnection As(string project, params string[] roles)
    {
        MemoryHost host = new() { Folder = _folder };
        ConnectOpenStackStorageOperation.Run(new("lab", project, "sam", roles), _session, host);
        return (OpenStackStorageConnection)host.Objects[0];
    }

    /// <summary>An image without data.</summary>
    public static GlanceImage NewImage(OpenStackStorageConnection connection, string name, ImageVisibility visibility = ImageVisibility.Shared) =>
        new(connection.Images.Create(new ImageSpec
        {
            Name = name,
            Visibility = visibility,
            DiskFormat = ImageDiskFormat.Raw,
            ContainerFormat = ImageContainerFormat.Bare,
        }), connection);

    /// <summary>An image with data.</summary>
    public static GlanceImage NewImage(OpenStackStorageConnection connection, string name, byte[] data) =>
        new(connection.Images.Upload(NewImage(connection, name).Id, new ImageContent.FromStream(new MemoryStream(data), data.Length),
            new ImageUploadOptions(), new WorkProgress(), CancellationToken.None), connection);

    public void Dispose()
    {
        foreach (OpenStackStorageConnection connection in _session.Connections)
            _session.Disconnect(connection);
        Directory.Delete(_folder, recursive: true);
    }
}
