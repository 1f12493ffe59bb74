using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>Work on a store that goes on only when it is told to, from one change of the catalogue or of the data to the next.</summary>
internal sealed class StepwiseWork : IDisposable
{
    private readonly SemaphoreSlim _go = new(0);
    private readonly SemaphoreSlim _stopped = new(0);
    private readonly Task _work;
    private volatile bool _runs = true;

    /// <param name="work">Gets images whose catalogue and data stop before and after each change.</param>
    public StepwiseWork(EmbeddedStore store, Action<ImageService> work)
    {
        ImageServiceParts parts = new(new StoppingCatalog(store.Catalog, Stop), [new StoppingStore(store.ImageStores[0], Stop)], store.Policy, store.Locks);
        _work = Task.Factory.StartNew(() =>
        {
            try
            {
                _go.Wait();
                work(new ImageService(parts, StoreLab.Admin));
            }
            finally
            {
                _runs = false;
                _stopped.Release();
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public bool Runs => _runs;

    /// <summary>Goes on by so many steps, or to the end.</summary>
    public void Step(int steps)
    {
        for (; steps > 0 && _runs; steps--)
        {
            _go.Release();
            _stopped.Wait();
        }
    }

    /// <summary>Ends the work, and throws what it threw.</summary>
    public void Dispose()
    {
        Step(int.MaxValue);
        _work.GetAwaiter().GetResult();
    }

    private void Stop()
    {
        _stopped.Release();
        _go.Wait();
    }

    private sealed class StoppingCatalog(ICatalog catalog, Action stop) : ICatalog
    {
        public T Read<T>(Func<ICatalogReader, T> query) => catalog.Read(query);

        public T Write<T>(Func<ICatalogWriter, T> change)
        {
            stop();
            T result = catalog.Write(change);
            stop();
            return result;
        }

        public void Dispose()
        {
        }
    }

    private sealed class StoppingStore(IImageStore store, Action stop) : IImageStore
    {
        public string Name => store.Name;

        public StoreSpace? GetSpace() => store.GetSpace();

        public bool Holds(ImageId id) => store.Holds(id);

        public IPendingImageData Begin(ImageId id, long? length)
        {
            IPendingImageData pending = store.Begin(id, length);
            stop();
            return new StoppingData(pending, stop);
        }

        public BlockDevice Open(string key) => store.Open(key);

        public bool Delete(string key)
        {
            stop();
            bool found = store.Delete(key);
            stop();
            return found;
        }

        public IEnumerable<StoredImageData> List() => store.List();
    }

    private sealed class StoppingData(IPendingImageData data, Action stop) : IPendingImageData
    {
        public string Key => data.Key;

        public BlockDevice Device => data.Device;

        public void Commit(Image record, CancellationToken token)
        {
            data.Commit(record, token);
            stop();
        }

        public void Dispose() => data.Dispose();
    }
}
