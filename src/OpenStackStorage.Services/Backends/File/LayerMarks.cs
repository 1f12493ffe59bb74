using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// What is known of layers beyond their own headers: <c>.layers/&lt;file&gt;</c>. It tells what reads through a layer without
/// a look at all others; it is made before what it tells of, so it tells at least all.
/// </summary>
internal sealed class LayerMarks(VolumeFolder folder)
{
    public const string Root = ".layers";

    private const string LockName = "lock";
    private const string OrphanName = "orphan";
    private const string RecordName = "record";

    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(1);

    /// <summary>Holds what is known of a layer: while its children change, and while it itself does beneath them.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeConflict"/>: another process held it for a minute.</exception>
    public IDisposable Lock(string layer)
    {
        string path = folder[$"{FolderOf(layer)}/{LockName}"];
        for (long start = Environment.TickCount64; ;)
        {
            if (!folder.FolderExists(FolderOf(layer)))
            {
                folder.MakeFolder(Root);
                folder.MakeFolder(FolderOf(layer));
                folder.Flush(Root);
            }

            if (TryLock(path) is { } held)
                return held;
            if (Environment.TickCount64 - start > LockPatience.TotalMilliseconds)
                throw new ServiceException(ErrorIds.VolumeConflict, $"What depends on '{folder[layer]}' is being changed by another process for more than a minute.") { Target = folder[layer] };
            Thread.Sleep(1);
        }
    }

    /// <summary>True where anything is known of the layer: it has, or had, children.</summary>
    public bool IsKnown(string layer) => folder.FolderExists(FolderOf(layer));

    public void Add(string layer, string child)
    {
        string name = $"{FolderOf(layer)}/{child}";
        if (!folder.Exists(name))
            folder.CreateNew(name).Dispose();
    }

    public void Remove(string layer, string child) => folder.Delete($"{FolderOf(layer)}/{child}");

    /// <summary>Brings the marks of a layer to stable storage.</summary>
    public void Flush(string layer) => folder.Flush(FolderOf(layer));

    /// <summary>Where the marks of a layer lie.</summary>
    public static string FolderOf(string layer) => $"{Root}/{layer}";

    /// <summary>What is marked as reading through the layer; a mark may be left of what never came, or is gone.</summary>
    public IEnumerable<string> Marked(string layer) =>
        folder.Names("volume-", FolderOf(layer)).Where(name => LayerNames.TryParse(name, out _));

    public bool IsOrphan(string layer) => folder.Exists($"{FolderOf(layer)}/{OrphanName}");

    /// <summary>Its volume is gone: it stays until its last child goes.</summary>
    public void SetOrphan(string layer)
    {
        if (!IsOrphan(layer))
            folder.CreateNew($"{FolderOf(layer)}/{OrphanName}").Dispose();
        folder.Flush(FolderOf(layer));
    }

    /// <summary>Forgets all about a layer. The caller holds its lock. Why it was to go is forgotten last.</summary>
    public void Forget(string layer)
    {
        foreach (string name in folder.Names("", FolderOf(layer)).Where(name => name is not (LockName or OrphanName)).Append(OrphanName).Append(LockName))
            folder.Delete($"{FolderOf(layer)}/{name}");
        folder.DeleteFolder(FolderOf(layer));
    }

    /// <summary>Every layer that anything is known of.</summary>
    public IReadOnlyList<string> Known() => [.. folder.Folders(Root).Where(name => LayerNames.TryParse(name, out _))];

    /// <summary>Notes what a layer is that is not written any more, so that a change behind our back is seen.</summary>
    public void Record(string layer) => folder.WriteText($"{FolderOf(layer)}/{RecordName}", Describe(layer), flushes: false);

    /// <summary>Before a layer is changed after all.</summary>
    public void ForgetRecord(string layer)
    {
        if (folder.Delete($"{FolderOf(layer)}/{RecordName}"))
            folder.Flush(FolderOf(layer));
    }

    public bool HasRecord(string layer) => folder.Exists($"{FolderOf(layer)}/{RecordName}");

    /// <summary>What differs from the record, in words; null where nothing does, or nothing was recorded.</summary>
    public string? FindChange(string layer)
    {
        string? recorded = folder.ReadText($"{FolderOf(layer)}/{RecordName}");
        if (recorded is null || recorded.Split(' ').Length != 2)
            return null; // a power cut may leave it empty
        string now = Describe(layer);
        return now == recorded ? null : $"it has '{now}' (bytes, ticks of its last write), and had '{recorded}' when the layer above was made";
    }

    private string Describe(string layer)
    {
        FileInfo file = new(folder[layer]);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    private static FileStream? TryLock(string path)
    {
        FileStream file;
        try
        {
            if (new FileInfo(path) is { LinkTarget: not null } link)
                link.Delete(); // a link would have a file made, or locked, elsewhere
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (!IsHopeless(error))
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Write(path, error);
        }

        if (File.Exists(path))
            return file;
        file.Dispose(); // removed between its opening and its locking
        return null;
    }

    /// <summary>A disk that is full or may not be written stays so; a lock that is held does not, nor a folder that went.</summary>
    private static bool IsHopeless(IOException error) => IoErrors.Write("", error).Id == ErrorIds.InsufficientSpace || error.HResult == DriverErrors.ReadOnlyFileSystem;
}
