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

/// <summary>An XFS, which shares blocks between files, over a folder; root on Linux is needed.</summary>
internal sealed class ReflinkMount : IDisposable
{
    private readonly TemporaryFolder _disk = new();
    private readonly string _path;

    public ReflinkMount(string path)
    {
        _path = path;
        using (FileStream file = File.Create(_disk["xfs"]))
            file.SetLength(400 << 20); // mkfs.xfs makes none under 300 MiB
        Tool.Run("mkfs.xfs", "-q", "-m", "reflink=1", _disk["xfs"]);
        Tool.Run("mount", "-o", "loop", _disk["xfs"], path);
    }

    public void Dispose()
    {
        Tool.Run("umount", "--lazy", _path);
        _disk.Dispose();
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsReflinkFactAttribute : FactAttribute
{
    public NeedsReflinkFactAttribute()
    {
        using TemporaryFolder folder = new();
        try
        {
            using ReflinkMount mount = new(folder.Path);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Skip = "an XFS can't be mounted (root on Linux and mkfs.xfs are needed)";
        }
    }
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
