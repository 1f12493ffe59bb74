using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

/// <summary>A folder of images, and operations run in it without PowerShell.</summary>
public abstract class OperationTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string At(string name) => Path.Combine(_folder, name);

    /// <summary>The names of all files, folders' contents too.</summary>
    protected string[] Names() =>
        [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    protected MemoryHost Host(bool answer = true, CancellationToken stop = default) => new() { Folder = _folder, Answer = answer, Stop = stop };

    /// <summary>A raw disk of text, noise and zeroes by turns.</summary>
    protected string Raw(string name, int length = 1 << 20, int seed = 1)
    {
        byte[] disk = new byte[length];
        Random random = new(seed);
        for (int at = 0; at < length; at += 3 << 16)
        {
            disk.AsSpan(at, Math.Min(1 << 16, length - at)).Fill((byte)('a' + seed));
            if (at + (1 << 16) < length)
                random.NextBytes(disk.AsSpan(at + (1 << 16), Math.Min(1 << 16, length - at - (1 << 16))));
        }

        File.WriteAllBytes(At(name), disk);
        return At(name);
    }

    protected void Patch(string name, long offset, params byte[] bytes)
    {
        using FileStream file = new(At(name), FileMode.Open, FileAccess.Write);
        file.Position = offset;
        file.Write(bytes);
    }

    /// <summary>Writes noise into the disk of a qcow2 image.</summary>
    protected void Write(string name, long offset, int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        using ImageEditor editor = new(ImageFormats.OpenWritable(At(name), new ImageOpenOptions { Gate = OpenGate.SameFolder }));
        editor.Write(new GuestOffset(offset), bytes);
        editor.Close();
    }

    protected DiskImageInfo Convert(ConvertDiskImageRequest request)
    {
        MemoryHost host = Host();
        ConvertDiskImageOperation.Run(request, host);
        return (DiskImageInfo)Assert.Single(host.Objects);
    }

    protected DiskImageInfo Qcow2(string source, string destination, bool compress = false) =>
        Convert(new ConvertDiskImageRequest(At(source), DiskImageFormat.Qcow2) { DestinationPath = destination, Compress = compress });

    protected DiskImageInfo New(NewDiskImageRequest request)
    {
        MemoryHost host = Host();
        NewDiskImageOperation.Run(request, host);
        return (DiskImageInfo)Assert.Single(host.Objects);
    }

    protected DiskImageInfo[] Info(GetDiskImageInfoRequest request)
    {
        MemoryHost host = Host();
        GetDiskImageInfoOperation.Run(request, host);
        return [.. host.Objects.Cast<DiskImageInfo>()];
    }

    protected DiskImageDifference[] Compare(CompareDiskImageRequest request)
    {
        MemoryHost host = Host();
        CompareDiskImageOperation.Run(request, host);
        return [.. host.Objects.Cast<DiskImageDifference>()];
    }

    protected DiskImageExtent[] Extents(GetDiskImageExtentRequest request)
    {
        MemoryHost host = Host();
        GetDiskImageExtentOperation.Run(request, host);
        return [.. host.Objects.Cast<DiskImageExtent>()];
    }

    protected DiskImageHash Hash(GetDiskImageHashRequest request)
    {
        MemoryHost host = Host();
        GetDiskImageHashOperation.Run(request, host);
        return (DiskImageHash)Assert.Single(host.Objects);
    }

    protected DiskImageMeasure Measure(MeasureDiskImageRequest request)
    {
        MemoryHost host = Host();
        MeasureDiskImageOperation.Run(request, host);
        return (DiskImageMeasure)Assert.Single(host.Objects);
    }

    /// <summary>The error of an operation that must not have got as far as its question.</summary>
    protected static StorageException Refused(ErrorId id, MemoryHost host, Action run)
    {
        StorageException error = Assert.ThrowsAny<StorageException>(run);
        Assert.Equal(id, error.Id);
        Assert.NotEmpty(error.Remedy);
        Assert.Empty(host.Questions);
        Assert.Empty(host.Objects);
        return error;
    }

    /// <summary>Runs an operation and stops it when its work has done so many units.</summary>
    protected void StopAfter(long units, Action<MemoryHost> run)
    {
        using CancellationTokenSource stop = new();
        MemoryHost host = Host(stop: stop.Token);
        Thread watcher = new(() =>
        {
            while (!stop.IsCancellationRequested && (host.Activities.Count == 0 || host.Activities[0].Progress.Done < units))
                Thread.Sleep(1);
            stop.Cancel();
        });
        watcher.Start();
        try
        {
            Assert.ThrowsAny<OperationCanceledException>(() => run(host));
        }
        finally
        {
            stop.Cancel();
            watcher.Join();
        }

        Assert.Empty(host.Objects);
    }
}
