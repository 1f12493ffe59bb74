namespace OpenStackStorage.Rings;

/// <summary>
/// A builder file that is being changed: the folder's lock is held from the reading to the end, so that no other program's
/// change is lost. Only the Save methods write.
/// </summary>
public sealed class BuilderSession : IDisposable
{
    private readonly RingLock _lock;

    private BuilderSession(string path, RingBuilder builder, RingLock held)
    {
        BuilderPath = path;
        Builder = builder;
        _lock = held;
    }

    public string BuilderPath { get; }

    public string RingPath => RingPathOf(BuilderPath);

    public RingBuilder Builder { get; }

    /// <summary>Locks and reads a builder file.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.RingLocked"/> after 15 seconds, and what reading throws.</exception>
    public static BuilderSession Open(string path, CancellationToken token = default) =>
        Open(path, () => RingStore.ReadBuilder(path), token);

    /// <summary>Locks the place of a new builder file.</summary>
    public static BuilderSession Create(string path, RingBuilder builder, CancellationToken token = default) =>
        Open(path, () => builder, token);

    /// <summary>The ring file that belongs to a builder: <c>object.ring.gz</c> beside <c>object.builder</c> (ringbuilder.py, main).</summary>
    public static string RingPathOf(string builderPath) =>
        (builderPath.EndsWith(".builder", StringComparison.Ordinal) ? builderPath[..^".builder".Length] : builderPath) + ".ring.gz";

    /// <summary>Writes the builder.</summary>
    public void Save() => RingStore.WriteBuilder(BuilderPath, Builder);

    /// <summary>Writes the builder and its backup.</summary>
    public void SaveWithBackup(DateTimeOffset time)
    {
        string backup = RingBackups.Reserve(BuilderPath, time, BuilderPath)[0];
        RingStore.WriteBuilder(backup, Builder);
        Save();
    }

    /// <summary>Keeps what lies at the builder's place now, as it is, among the backups.</summary>
    public void BackUpPresent(DateTimeOffset time)
    {
        if (!File.Exists(BuilderPath))
            return;
        string backup = RingBackups.Reserve(BuilderPath, time, BuilderPath)[0];
        RingStore.WriteText(backup, RingStore.ReadAll(BuilderPath));
    }

    /// <summary>Writes backups of builder and ring, and then both, as swift-ring-builder rebalance does.</summary>
    /// <param name="formatVersion">The ring file's: 1 or 2.</param>
    public void SaveWithRing(DateTimeOffset time, int formatVersion)
    {
        IReadOnlyList<string> backups = RingBackups.Reserve(BuilderPath, time, BuilderPath, RingPath);
        RingData ring = Builder.GetRing();
        RingStore.WriteBuilder(backups[0], Builder);
        RingStore.WriteRing(backups[1], ring, formatVersion);
        RingStore.WriteRing(RingPath, ring, formatVersion);
        Save();
    }

    public void Dispose() => _lock.Dispose();

    private static BuilderSession Open(string path, Func<RingBuilder> read, CancellationToken token)
    {
        RingLock held = RingLock.Acquire(path, RingLock.DefaultTimeout, token);
        try
        {
            return new BuilderSession(path, read(), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }
}
