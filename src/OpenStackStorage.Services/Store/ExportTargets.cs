using System.Formats.Tar;
using System.Security.Cryptography;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>Where an export goes. Disposing it before its end removes it.</summary>
internal interface IExportTarget : IDisposable
{
    /// <summary>Where it grows.</summary>
    string TemporaryPath { get; }

    ImageDigests Add(string name, BlockDevice data, WorkProgress progress, CancellationToken token);

    /// <summary>Adds the manifest and gives the export its name.</summary>
    void Finish(byte[] manifest, CancellationToken token);
}

/// <summary>A folder that is a store itself.</summary>
internal sealed class FolderExport : IExportTarget
{
    private readonly string _destination;

    public FolderExport(string destination)
    {
        _destination = Path.TrimEndingDirectorySeparator(destination);
        RequireNew(_destination);
        TemporaryPath = NewName(_destination);
        StoreLayout.CreateFolder(Path.Combine(TemporaryPath, StoreLayout.Images));
    }

    public string TemporaryPath { get; }

    public static string NewName(string destination) => $"{destination}.partial-{Guid.NewGuid():N}"[..^24];

    /// <summary>Refuses a folder that holds something, a file, and one whose parent is missing.</summary>
    public static void RequireNew(string destination)
    {
        if (!Directory.Exists(Path.GetDirectoryName(destination)))
            throw new ServiceException(ErrorIds.PathNotFound, $"The folder '{Path.GetDirectoryName(destination)}' does not exist.") { Target = destination };
        if (File.Exists(destination) || Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any())
            throw new ServiceException(ErrorIds.DestinationExists, $"'{destination}' exists already and is no empty folder.") { Target = destination, Remedy = "Name a folder that is new or empty." };
    }

    /// <summary>Gives a complete folder its name, which is new or an empty folder's.</summary>
    public static void Rename(string folder, string destination)
    {
        HostFolder.Flush(folder);
        if (Directory.Exists(destination))
            Directory.Delete(destination);
        Directory.Move(folder, destination);
        HostFolder.Flush(Path.GetDirectoryName(destination)!);
    }

    public ImageDigests Add(string name, BlockDevice data, WorkProgress progress, CancellationToken token) =>
        Copy(data, Path.Combine(TemporaryPath, name), progress, token);

    /// <summary>Copies to a new file, shared where the file system can, with holes where it has them.</summary>
    public static ImageDigests Copy(BlockDevice data, string path, WorkProgress progress, CancellationToken token)
    {
        using FileBlockDevice file = FileBlockDevice.CreateNew(path);
        bool isShared = file.TryCloneFrom(data);
        BlockDevice source = isShared ? file : data;
        ImageDigests digests = new DataPump(file, progress).Run(DataSources.Device(source, 0, data.Length, isNew: !isShared), token);
        file.Flush(token);
        return digests;
    }

    public void Finish(byte[] manifest, CancellationToken token)
    {
        using (MemoryBlockDevice device = new(StoreArchive.ManifestName, manifest))
            Add(StoreArchive.ManifestName, device, new WorkProgress(), token);
        HostFolder.Flush(Path.Combine(TemporaryPath, StoreLayout.Images));
        Rename(TemporaryPath, _destination);
    }

    public void Dispose()
    {
        if (Directory.Exists(TemporaryPath))
            Directory.Delete(TemporaryPath, recursive: true);
    }
}

/// <summary>A file as tar writes it, in POSIX.1-2001 format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html.</summary>
internal sealed class TarExport : IExportTarget
{
    private readonly string _destination;
    private readonly bool _overwrite;
    private readonly FileStream _file;
    private readonly TarWriter _tar;

    public TarExport(string destination, bool overwrite)
    {
        PendingFile.ThrowIfExists(destination, overwrite);
        (_destination, _overwrite) = (destination, overwrite);
        TemporaryPath = FolderExport.NewName(destination);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 1 << 20 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(TemporaryPath, options);
        _tar = new TarWriter(_file, TarEntryFormat.Pax, leaveOpen: true);
    }

    public string TemporaryPath { get; }

    public ImageDigests Add(string name, BlockDevice data, WorkProgress progress, CancellationToken token)
    {
        using DigestingStream stream = new(data, progress, token);
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = stream, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        return stream.Digests();
    }

    public void Finish(byte[] manifest, CancellationToken token)
    {
        using (MemoryBlockDevice device = new(StoreArchive.ManifestName, manifest))
            Add(StoreArchive.ManifestName, device, new WorkProgress(), token);
        _tar.Dispose();
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        PendingFile.ThrowIfExists(_destination, _overwrite);
        HostFolder.Move(TemporaryPath, _destination, _overwrite);
    }

    public void Dispose()
    {
        _tar.Dispose();
        _file.Dispose();
        HostFolder.Delete(TemporaryPath);
    }

    /// <summary>Reads a device from its beginning to its end, once.</summary>
    private sealed class DigestingStream(BlockDevice data, WorkProgress progress, CancellationToken token) : Stream
    {
        private readonly IncrementalHash _sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true; // the entry's header names its length

        public override bool CanWrite => false;

        public override long Length => data.Length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public ImageDigests Digests() => new("", Convert.ToHexStringLower(_sha512.GetCurrentHash()));

        public override int Read(Span<byte> buffer)
        {
            token.ThrowIfCancellationRequested();
            int length = (int)Math.Min(buffer.Length, data.Length - _position);
            data.Read(new HostOffset(_position), buffer[..length]);
            _sha512.AppendData(buffer[..length]);
            _position += length;
            progress.Add(length);
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _sha512.Dispose();
            base.Dispose(disposing);
        }
    }
}
