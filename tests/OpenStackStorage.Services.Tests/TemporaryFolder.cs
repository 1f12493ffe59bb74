namespace OpenStackStorage.Services.Tests;

/// <summary>A folder that goes away with its test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    // Flushes cost nothing there.
    private const string Memory = "/dev/shm";

    public TemporaryFolder()
        : this(Directory.CreateTempSubdirectory("oss-services-").FullName)
    {
    }

    private TemporaryFolder(string path) => Path = path;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A folder in memory where there is room for it, for tests to which nothing of flushes matters but their order.</summary>
    public static TemporaryFolder InMemory() => Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > 1L << 30
        ? new TemporaryFolder(Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"oss-services-{Guid.NewGuid():N}")).FullName)
        : new TemporaryFolder();

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
