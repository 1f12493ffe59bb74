using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests;

/// <summary>A store with images in it that is then damaged by hand, checked and repaired.</summary>
internal sealed class StoreLab : IDisposable
{
    public static readonly Identity Admin = new("anna", "one", ["admin"]);

    private readonly TemporaryFolder _folder = new();

    public string Root => _folder["store"];

    public string this[string name] => _folder[name];

    public static IReadOnlyList<IOperationRecovery> Recoveries { get; } = ImageRecovery.Of(store => store.ImageStores);

    public void Dispose() => _folder.Dispose();

    public EmbeddedStore Open() => EmbeddedStore.Open(Root, Recoveries);

    public T Use<T>(Func<EmbeddedStore, T> use)
    {
        using EmbeddedStore store = Open();
        return use(store);
    }

    public void Write(Action<ICatalogWriter> change) => Use(store => store.Catalog.Write(writer =>
    {
        change(writer);
        return true;
    }));

    public Image Create(string name = "image", byte[]? content = null) => Use(store =>
    {
        ImageService images = store.Images(Admin);
        Image image = images.Create(new ImageSpec { Name = name, DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });
        return ImageServiceConformance.Upload(images, image.Id, content ?? [1, 2, 3]);
    });

    public Image Find(ImageId id) => Use(store => store.Catalog.Read(reader => reader.FindImage(id)))!;

    public string Data(Image image) => Path.Combine(Root, "images", image.Id.ToString());

    public string Record(Image image) => Data(image) + ".json";

    public StoreFinding[] Check(bool deep = false) => [.. StoreCheck.Run(Root, deep, new WorkProgress(), CancellationToken.None)];

    public StoreRepairResult[] Repair() => [.. StoreRepair.Run(Root, Check(), Recoveries, CancellationToken.None)];

    public string[] Lost() => Directory.Exists(Path.Combine(Root, "lost+found"))
        ? [.. Directory.GetFiles(Path.Combine(Root, "lost+found")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>One finding, which a repair takes away.</summary>
    public StoreRepairResult RepairOnly(StoreFindingKind kind, bool isMended = true)
    {
        StoreFinding finding = Assert.Single(Check());
        Assert.Equal(kind, finding.Kind);
        StoreRepairResult result = Assert.Single(Repair());
        Assert.Null(result.Error);
        Assert.NotNull(result.Done);
        if (isMended)
            Assert.Empty(Check());
        return result;
    }
}
