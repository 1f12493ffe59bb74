namespace OpenStackStorage.Services.Tests;

public sealed class OperationLocksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OperationLocks _locks;

    public OperationLocksTests() => _locks = new OperationLocks(_folder.Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>Otherwise a living operation would be undone, or its lock be called stale.</summary>
    [Fact]
    public async Task What_has_an_operations_name_is_locked_while_others_look_and_tidy_up()
    {
        using CancellationTokenSource end = new();
        Task tidy = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
                _locks.Tidy([]);
        });
        Task<string[]> look = Task.Run(() =>
        {
            HashSet<string> free = [];
            while (!end.IsCancellationRequested)
            {
                foreach (string path in Directory.GetFiles(_folder.Path))
                {
                    if (Guid.TryParseExact(Path.GetFileName(path), "D", out Guid id) && !_locks.IsHeld(id) && File.Exists(path))
                        free.Add(path);
                }
            }

            return free.ToArray();
        });
        for (int at = 0; at < 500; at++)
        {
            Guid id = Guid.NewGuid();
            using OperationLock held = _locks.Take(id);
            Assert.True(_locks.IsHeld(id));
            Assert.Null(_locks.TryTake(id));
            held.Complete();
            Assert.False(_locks.IsHeld(id));
        }

        await end.CancelAsync();
        await tidy;
        if (!OperatingSystem.IsWindows()) // which removes a file only after it was freed
            Assert.Empty(await look);
        _locks.Tidy([]);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_lock_of_who_died_is_free_and_can_be_taken()
    {
        Guid id = Guid.NewGuid();
        _locks.Take(id).Dispose();
        Assert.False(_locks.IsHeld(id));
        using OperationLock? held = _locks.TryTake(id);
        Assert.NotNull(held);
        Assert.True(_locks.IsHeld(id));
        Assert.True(_locks.IsAnyHeld(except: Guid.Empty));
        Assert.False(_locks.IsAnyHeld(except: id));
    }

    [Fact]
    public void To_look_makes_no_file()
    {
        Assert.False(_locks.IsHeld(Guid.NewGuid()));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
