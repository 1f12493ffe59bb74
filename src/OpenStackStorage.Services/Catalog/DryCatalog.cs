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

        public T? Find<T>(CatalogTable<T> table, string key)
            where T : class => reader.Find(table, key);

        public IReadOnlyList<T> List<T>(CatalogTable<T> table, params (string Column, object? Value)[] where)
            where T : class => reader.List(table, where);

        public CatalogTotal Total<T>(CatalogTable<T> table, string? sum, params (string Column, object? Value)[] where)
            where T : class => reader.Total(table, sum, where);

        public void Put<T>(CatalogTable<T> table, T record)
            where T : class
        {
        }

        public bool Remove<T>(CatalogTable<T> table, string key)
            where T : class => reader.Find(table, key) is not null;

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
