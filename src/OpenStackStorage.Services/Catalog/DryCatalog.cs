namespace OpenStackStorage.Services;

/// <summary>A catalogue that takes changes and forgets them: the services' decisions without their effects.</summary>
internal sealed class DryCatalog(ICatalog catalog) : ICatalog
{
    public T Read<T>(Func<ICatalogReader, T> query) => catalog.Read(query);

    public T Write<T>(Func<ICatalogWriter, T> change) => catalog.Read(reader => change(new Writer(reader)));

    /// <summary>The catalogue belongs to another.</summary>
    public void Dispose()
    {
    }

    private sealed class Writer(ICatalogReader reader) : ICatalogWriter
    {
        public Image? FindImage(ImageId id) => reader.FindImage(id);

        public IReadOnlyList<Image> ListImages(ImageQuery query, Identity viewer, int limit) => reader.ListImages(query, viewer, limit);

        public ImageMember? FindMember(ImageId image, string member) => reader.FindMember(image, member);

        public IReadOnlyList<ImageMember> ListMembers(ImageId image) => reader.ListMembers(image);

        public ImageUsage GetImageUsage(string project) => reader.GetImageUsage(project);

        public string? FindSetting(string name) => reader.FindSetting(name);

        public IReadOnlyList<CatalogOperation> ListOperations() => reader.ListOperations();

        public void PutImage(Image image)
        {
        }

        public void RemoveImage(ImageId id)
        {
        }

        public void PutMember(ImageMember member)
        {
        }

        public bool RemoveMember(ImageId image, string member) => reader.FindMember(image, member) is not null;

        public void PutSetting(string name, string? value)
        {
        }

        public void PutOperation(CatalogOperation operation)
        {
        }

        public void RemoveOperation(Guid id)
        {
        }
    }
}
