using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// The folder that volumes lie in: the one place that touches its files. Names are relative to it. Symbolic links are never
/// followed: one that lies there is no file.
/// </summary>
/// <param name="path">Its full path.</param>
/// <param name="step">Called before every change, with what it is; tests let it fail there.</param>
internal sealed class VolumeFolder(string path, Action<string>? step = null)
{
    private const int MaximumText = 1 << 20; // bytes; an entry of a snapshot has about 120

    public string Path { get; } = path;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public bool Exists(string name) => new FileInfo(this[name]) is { Exists: true, LinkTarget: null };

    public BlockDevice OpenRead(string name) => FileBlockDevice.OpenJudged(this[name]);

    /// <summary>Opens a file for reading and says so to other programs.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/>.</exception>
    public BlockDevice OpenLocked(string name) => FileBlockDevice.OpenJudged(this[name]).LockForReading();

    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/>.</exception>
    public BlockDevice OpenWrite(string name)
    {
        FileBlockDevice device = FileBlockDevice.OpenJudgedForWriting(this[name]);
        return step is null ? device : new SteppedDevice(device, step);
    }

    /// <summary>Makes a file; the name is new.</summary>
    public BlockDevice CreateNew(string name)
    {
        Step($"create {name}");
        FileBlockDevice device = FileBlockDevice.CreateNew(this[name]);
        return step is null ? device : new SteppedDevice(device, step);
    }

    public static string PartialOf(string name) => $"{name}{LayerNames.PartialMark}{Guid.NewGuid():N}"[..^24];

    public void Move(string name, string destination, bool overwrite)
    {
        Step($"move {name} to {destination}");
        HostFolder.Move(this[name], this[destination], overwrite);
    }

    public bool Delete(string name)
    {
        Step($"delete {name}");
        return HostFolder.Delete(this[name]);
    }

    /// <summary>Brings the names in the folder, or in one beneath it, to stable storage.</summary>
    public void Flush(string folder = "")
    {
        Step($"flush {folder}");
        HostFolder.Flush(this[folder]);
    }

    /// <summary>Brings a file, and the names in folders, to stable storage: all at once, for which a medium makes one wait hardly longer than for one.</summary>
    public void Flush(BlockDevice file, params IReadOnlyList<string> folders)
    {
        foreach (string folder in folders)
            Step($"flush {folder}");
        Task[] others = [.. folders.Select(folder => Task.Run(() => HostFolder.Flush(this[folder])))];
        try
        {
            file.Flush();
        }
        finally
        {
            foreach (Task other in others)
                other.GetAwaiter().GetResult();
        }
    }

    /// <summary>Text of a file; null where there is none.</summary>
    public string? ReadText(string name)
    {
        if (!Exists(name))
            return null;
        using BlockDevice file = OpenRead(name);
        if (file.Length > MaximumText)
            throw new ServiceException(ErrorIds.VolumeDamaged, $"'{this[name]}' has {file.Length} bytes; at most {MaximumText} were expected.") { Target = this[name] };
        byte[] bytes = new byte[file.Length];
        file.Read(default, bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Replaces a file as a whole. Its content is on stable storage before the name; the name is so after <see cref="Flush(string)"/>.</summary>
    public void WriteText(string name, string text, bool flushes = true)
    {
        string partial = PartialOf(name);
        using (BlockDevice file = CreateNew(partial))
        {
            file.Write(default, Encoding.UTF8.GetBytes(text));
            if (flushes)
                file.Flush();
        }

        Move(partial, name, overwrite: true);
    }

    /// <summary>Names of files and links in the folder, or in one beneath it, that begin like this.</summary>
    public IReadOnlyList<string> Names(string start = "", string folder = "") => Guarded(folder, () => Directory.Exists(this[folder])
        ? [.. Directory.EnumerateFiles(this[folder], start + "*").Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)]
        : Array.Empty<string>());

    public IReadOnlyList<string> Folders(string folder) => Guarded(folder, () => Directory.Exists(this[folder])
        ? [.. Directory.EnumerateDirectories(this[folder]).Select(file => System.IO.Path.GetFileName(file))]
        : Array.Empty<string>());

    public bool FolderExists(string folder) => new DirectoryInfo(this[folder]) is { Exists: true, LinkTarget: null };

    public void MakeFolder(string folder)
    {
        if (new DirectoryInfo(this[folder]) is { LinkTarget: not null })
            throw new ServiceException(ErrorIds.BackendUnavailable, $"'{this[folder]}' is a symbolic link; a folder was expected.") { Target = this[folder] };
        Step($"make folder {folder}");
        Guarded(folder, () => Directory.CreateDirectory(this[folder]));
    }

    /// <summary>Removes an empty folder. One that is not empty stays.</summary>
    public void DeleteFolder(string folder)
    {
        Step($"delete folder {folder}");
        try
        {
            Directory.Delete(this[folder]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody waits for a lock in it, or it is gone.
        }
    }

    public void Step(string what) => step?.Invoke(what);

    private T Guarded<T>(string name, Func<T> body) => IoErrors.Guard(this[name], body);
}

/// <summary>Tells of every change to a device before it is made. Owns the device.</summary>
internal sealed class SteppedDevice(BlockDevice device, Action<string> step) : BlockDevice
{
    public override string Path => device.Path;

    public override long Length => device.Length;

    public override long AllocatedLength => device.AllocatedLength;

    public override bool IsSameAs(BlockDevice other) => device.IsSameAs(other is SteppedDevice stepped ? stepped.Inner : other);

    private BlockDevice Inner => device;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => device.ReadUpTo(offset, buffer);

    public override HostExtent ExtentAt(HostOffset offset, HostOffset end) => device.ExtentAt(offset, end);

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        step($"write {Path}");
        device.Write(offset, buffer);
    }

    public override void Flush()
    {
        step($"flush {Path}");
        device.Flush();
    }

    public override void SetLength(long length)
    {
        step($"set the length of {Path}");
        device.SetLength(length);
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        step($"zero {Path}");
        device.WriteZeroes(offset, length);
    }

    public override void Discard(HostOffset offset, long length)
    {
        step($"discard {Path}");
        device.Discard(offset, length);
    }

    public override void Preallocate(HostOffset offset, long length, Preallocation preallocation, WorkProgress progress, CancellationToken token)
    {
        step($"preallocate {Path}");
        device.Preallocate(offset, length, preallocation, progress, token);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            device.Dispose();
        base.Dispose(disposing);
    }
}
