namespace OpenStackStorage.Services.Tests;

/// <summary>A small file system in memory over a folder; root on Linux is needed.</summary>
internal sealed class SmallMount : IDisposable
{
    private readonly string _path;

    public SmallMount(string path, string options)
    {
        _path = path;
        Tool.Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
    }

    /// <summary>Waits for files that are being let go of in the background: they keep a file system from becoming read only.</summary>
    public void Remount(string options) =>
        Assert.True(SpinWait.SpinUntil(() => Tool.TryRun("mount", "-o", "remount," + options, _path).Code == 0, TimeSpan.FromSeconds(20)));

    public void Dispose() => Tool.Run("umount", "--lazy", _path);
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsMountFactAttribute : FactAttribute
{
    public NeedsMountFactAttribute()
    {
        using TemporaryFolder folder = new();
        try
        {
            using SmallMount mount = new(folder.Path, "size=64k");
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Skip = "a small file system can't be mounted (root on Linux is needed)";
        }
    }
}
