using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// A download that may be interrupted and resumed: <c>&lt;name&gt;.partial</c> beside its destination. It stays unless it
/// was committed or deleted. One process at a time works on it; a symbolic link that lies there is not followed.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string _destination;

    private PartialFile(string destination, FileBlockDevice device) => (_destination, Device) = (destination, device);

    public FileBlockDevice Device { get; }

    public static PartialFile Open(string destination)
    {
        string path = destination + ".partial";
        if (!File.Exists(path))
            FileBlockDevice.CreateNew(path).Dispose();
        return new PartialFile(destination, FileBlockDevice.OpenJudgedForWriting(path));
    }

    public void Delete()
    {
        Device.Dispose();
        HostFolder.Delete(Device.Path);
    }

    public void Commit(bool overwrite, CancellationToken token)
    {
        Device.Flush(token);
        PendingFile.ThrowIfExists(_destination, overwrite);
        Device.Dispose();
        HostFolder.Move(Device.Path, _destination, overwrite);
    }

    public void Dispose() => Device.Dispose();
}
