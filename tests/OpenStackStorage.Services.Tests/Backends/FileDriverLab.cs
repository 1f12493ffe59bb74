using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>A backend of the driver File in a folder of a test's own.</summary>
internal sealed class FileDriverLab : IDisposable
{
    private readonly TemporaryFolder _root = TemporaryFolder.InMemory();

    public FileDriverLab(DiskImageFormat format = DiskImageFormat.Qcow2, params (string Name, string Value)[] options)
    {
        Backend = new Backend
        {
            Name = "files",
            Driver = "File",
            Host = "node",
            CreatedAt = DateTimeOffset.UnixEpoch,
            Options = options.Append(("path", Folder)).Append(("format", ImageFormats.Get(format).Name)).ToDictionary(option => option.Item1, option => option.Item2),
        };
        Factory.Initialize(Backend, Store);
    }

    public static FileVolumeDriverFactory Factory { get; } = new();

    public Guid Store { get; } = Guid.NewGuid();

    public Backend Backend { get; }

    public string Folder => _root["volumes"];

    public string this[string name] => Path.Combine(Folder, name);

    public FileVolumeDriver Open(Action<string>? step = null) => new(Backend, FileBackendOptions.Parse(Backend, root: null), step);

    /// <summary>Everything in the folder, but its mark.</summary>
    public string[] Names() => [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Folder, path)).Where(name => name != FileVolumeDriver.MarkName).Order(StringComparer.Ordinal)];

    public void Dispose() => _root.Dispose();
}
