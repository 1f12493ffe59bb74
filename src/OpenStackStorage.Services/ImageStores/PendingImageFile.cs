using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>Data on its way into one folder of a file store.</summary>
internal sealed class PendingImageFile : IPendingImageData
{
    private readonly string _folder;
    private readonly FileImageStoreOptions _options;
    private readonly ImageId _id;
    private readonly PendingFile _data;

    public PendingImageFile(string folder, ImageId id, FileImageStoreOptions options)
    {
        (_folder, _id, _options) = (folder, id, options);
        _data = PendingFile.Create(Path.Combine(folder, Key), overwrite: false, flushes: Flushes);
    }

    public string Key => ImageFileName.DataOf(_id);

    public BlockDevice Device => _data.Device;

    private bool Flushes => _options.Flush == FlushPolicy.Full;

    /// <summary>Data first, then its record, then its name: whatever has an image's name is complete and has its record.</summary>
    public void Commit(Image record, CancellationToken token)
    {
        if (Flushes)
            _data.Device.Flush(token);
        string recordPath = Path.Combine(_folder, ImageFileName.RecordOf(_id));
        WriteRecord(record, recordPath, token);
        try
        {
            _data.Commit(overwrite: false, token);
        }
        catch
        {
            HostFolder.Delete(recordPath);
            throw;
        }

        if (!Flushes)
            return;
        try
        {
            HostFolder.Flush(_folder);
        }
        catch
        {
            HostFolder.Delete(recordPath);
            HostFolder.Delete(Path.Combine(_folder, Key));
            throw;
        }
    }

    public void Dispose() => _data.Dispose();

    /// <summary>The record's name is new too: of two commits of one image the second finds it taken.</summary>
    private void WriteRecord(Image record, string path, CancellationToken token)
    {
        try
        {
            using PendingFile file = PendingFile.Create(path, overwrite: false, flushes: Flushes);
            file.Device.Write(default, _options.Records.Write(record));
            file.Commit(overwrite: false, token);
        }
        catch (StorageException error) when (error.Id == ErrorIds.DestinationExists)
        {
            throw FileImageStore.Taken(_id, error);
        }
    }
}
