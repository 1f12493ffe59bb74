using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Store;

/// <summary>The cmdlets that check, repair, export and import a store.</summary>
public sealed class StorageFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("oss-store-").FullName;
    private readonly StoreSession _session = new();

    private string Lab => Path.Combine(_folder, "lab");

    public void Dispose()
    {
        foreach (OpenStackStorageConnection connection in _session.Connections)
            _session.Disconnect(connection);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_check_lists_findings_and_a_test_says_whether_one_is_an_error()
    {
        OpenStackStorageConnection connection = Connect(new("lab"));
        Guid id = Add(connection);
        Assert.Equal([true], Run(host => CheckOpenStackStorageOperation.Test(new(Lab), host)).Objects);

        File.Delete(Path.Combine(Lab, "images", $"{id}.json"));
        Assert.Equal([true], Run(host => CheckOpenStackStorageOperation.Test(new(Lab), host)).Objects);
        OpenStackStorageCheck finding = Assert.IsType<OpenStackStorageCheck>(Assert.Single(Run(host => CheckOpenStackStorageOperation.List(new(Lab), host)).Objects));
        Assert.Equal(("Warning", "RecordMissing", id, Lab, null), (finding.Severity, finding.Kind, finding.ImageId, finding.StorePath, finding.Done));

        File.WriteAllText(Path.Combine(Lab, "images", $"{id}"), "other");
        Assert.Equal([false], Run(host => CheckOpenStackStorageOperation.Test(new(Lab, Deep: true), host)).Objects);
    }

    [Fact]
    public void A_repair_asks_about_each_finding_and_tells_what_it_did()
    {
        Guid id = Add(Connect(new("lab")));
        string record = Path.Combine(Lab, "images", $"{id}.json");
        File.Delete(record);
        MemoryHost no = Run(host => RepairOpenStackStorageOperation.Run(new(Lab), host), answer: false);
        Assert.Equal((record, "Write it from the catalogue"), Assert.Single(no.Questions));
        Assert.Empty(no.Objects);
        Assert.False(File.Exists(record));

        MemoryHost yes = Run(host => RepairOpenStackStorageOperation.Run(new(Lab), host));
        Assert.Equal("Written", Assert.IsType<OpenStackStorageCheck>(Assert.Single(yes.Objects)).Done);
        Assert.True(File.Exists(record));
    }

    [Fact]
    public void A_lost_catalogue_that_is_not_to_be_rebuilt_leaves_everything_as_it_is()
    {
        OpenStackStorageConnection connection = Connect(new("lab"));
        Add(connection);
        _session.Disconnect(connection);
        foreach (string file in Directory.GetFiles(Lab, "catalog.db*"))
            File.Delete(file);
        string[] before = Directory.GetFileSystemEntries(Lab, "*", SearchOption.AllDirectories);
        MemoryHost no = Run(host => RepairOpenStackStorageOperation.Run(new(Lab), host), answer: false);
        Assert.Equal(2, no.Questions.Count);
        Assert.Equal(before, Directory.GetFileSystemEntries(Lab, "*", SearchOption.AllDirectories));
        Run(host => RepairOpenStackStorageOperation.Run(new(Lab), host));
        Assert.Equal([true], Run(host => CheckOpenStackStorageOperation.Test(new(Lab, Deep: true), host)).Objects);
    }

    [Fact]
    public void An_export_and_an_import_are_asked_about_and_give_the_store_back()
    {
        OpenStackStorageConnection connection = Connect(new("lab"));
        Add(connection);
        Assert.Empty(Run(host => TransferOpenStackStorageOperation.Export(new("lab.tar"), connection, host), answer: false).Objects);
        Assert.False(File.Exists(Path.Combine(_folder, "lab.tar")));
        OpenStackStorageTransfer export = Transfer(host => TransferOpenStackStorageOperation.Export(new("lab.tar"), connection, host));
        Assert.Equal((Path.Combine(_folder, "lab.tar"), connection.StoreId, 1, 3L), (export.Path, export.StoreId, export.ImageCount, export.Size));

        Assert.Empty(Run(host => TransferOpenStackStorageOperation.Import(new("lab.tar", "copy"), () => connection, host), answer: false).Objects);
        Assert.False(Directory.Exists(Path.Combine(_folder, "copy")));
        Assert.Equal(1, Transfer(host => TransferOpenStackStorageOperation.Import(new("lab.tar", "copy"), () => connection, host)).ImageCount);
        MemoryHost merge = Run(host => TransferOpenStackStorageOperation.Import(new("lab.tar"), () => connection, host));
        Assert.Equal((0, 1), (((OpenStackStorageTransfer)merge.Objects[0]).ImageCount, ((OpenStackStorageTransfer)merge.Objects[0]).SkippedCount));
        Assert.Single(merge.Warnings);
    }

    [Fact]
    public void Folders_of_images_are_set_by_who_connects_and_stay()
    {
        string large = Directory.CreateDirectory(Path.Combine(_folder, "large")).FullName;
        string fast = Directory.CreateDirectory(Path.Combine(_folder, "fast")).FullName;
        OpenStackStorageConnection connection = Connect(new("lab") { ImageFolders = ["large", "fast:100"], Flush = FlushPolicy.None });
        Guid id = Add(connection);
        Assert.True(File.Exists(Path.Combine(fast, id.ToString())));
        EmbeddedStore again = Connect(new("lab")).Store;
        Assert.Equal([(Path.Combine(Lab, "images"), 0), (large, 0), (fast, 100)], again.ImageFolders.Folders.Select(folder => (folder.Path, folder.Priority)));
        Assert.Equal(FlushPolicy.None, again.ImageFolders.Flush);

        MemoryHost no = new() { Folder = _folder, Answer = false };
        ConnectOpenStackStorageOperation.Run(new("lab") { ImageFolders = ["large"] }, _session, no);
        Assert.Equal(3, Connect(new("lab")).Store.ImageFolders.Folders.Count);
        int open = _session.Connections.Count;
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.ThrowsAny<StorageException>(() => Connect(new("lab") { ImageFolders = ["large"] })).Id);
        Assert.Equal(open, _session.Connections.Count);
    }

    private static Guid Add(OpenStackStorageConnection connection)
    {
        ImageService images = connection.Store.Images(connection.Identity);
        Image image = images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });
        images.Upload(image.Id, new ImageContent.FromStream(new MemoryStream([1, 2, 3]), 3), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);
        return image.Id.Value;
    }

    private OpenStackStorageConnection Connect(ConnectOpenStackStorageRequest request) =>
        Assert.IsType<OpenStackStorageConnection>(Assert.Single(Run(host => ConnectOpenStackStorageOperation.Run(request, _session, host)).Objects));

    private OpenStackStorageTransfer Transfer(Action<ICmdletHost> run) => Assert.IsType<OpenStackStorageTransfer>(Assert.Single(Run(run).Objects));

    private MemoryHost Run(Action<ICmdletHost> run, bool answer = true)
    {
        MemoryHost host = new() { Folder = _folder, Answer = answer };
        run(host);
        return host;
    }
}
