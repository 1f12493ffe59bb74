using System.Diagnostics;

namespace OpenStackStorage.Services.Worker;

/// <summary>
/// Kills this process when so many things have happened in a store's folder: a file made, written, renamed or deleted. So
/// deaths meet the moments between two of them, which are short.
/// </summary>
internal sealed class StepKill : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private int _left;

    public StepKill(string folder, int steps)
    {
        _left = steps;
        _watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size,
        };
        _watcher.Created += (_, _) => Count();
        _watcher.Changed += (_, _) => Count();
        _watcher.Renamed += (_, _) => Count();
        _watcher.Deleted += (_, _) => Count();
        _watcher.EnableRaisingEvents = true;
    }

    public void Dispose() => _watcher.Dispose();

    private void Count()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            Process.GetCurrentProcess().Kill();
    }
}
