using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Tests.Swift;

/// <summary>A folder with a builder, and ring operations run in it without PowerShell.</summary>
public abstract class RingOperationTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string At(string name) => Path.Combine(_folder, name);

    /// <summary>The names of all files but the lock, folders' contents too; seconds in backups are shown as N.</summary>
    protected string[] Names() =>
    [
        .. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder, file).Replace('\\', '/'))
            .Where(name => name != ".lock")
            .Select(name => name.StartsWith("backups/", StringComparison.Ordinal) ? "backups/N" + name[name.IndexOf('.', StringComparison.Ordinal)..] : name)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    protected MemoryHost Host(bool answer = true) => new() { Folder = _folder, Answer = answer };

    /// <summary>A builder of 2^6 partitions and three replicas; with devices in two regions of two zones each.</summary>
    protected string Builder(string name = "object.builder", int devices = 8, int partPower = 6)
    {
        NewSwiftRingOperation.Run(new NewSwiftRingRequest(name, partPower, 3, 1), Host());
        if (devices > 0)
            AddSwiftRingDeviceOperation.Run(new AddSwiftRingDeviceRequest(At(name), [.. Enumerable.Range(0, devices).Select(Spec)]), Host());
        return At(name);
    }

    protected static RingDeviceSpec Spec(int number) => new()
    {
        Region = 1 + (number % 2),
        Zone = 1 + (number / 2 % 2),
        Ip = $"10.0.0.{1 + (number % 4)}",
        Port = 6200,
        Device = $"sd{(char)('a' + number)}",
        Weight = 100,
    };

    protected static IReadOnlyList<RingDeviceFilter> ById(params int[] ids) => [new RingDeviceFilter { Ids = ids }];

    protected SwiftRing Get(string path) => (SwiftRing)Assert.Single(Run(host => GetSwiftRingOperation.Run(new GetSwiftRingRequest(path), host)).Objects);

    protected SwiftRingDevice[] Devices(string path, RingDeviceFilter? filter = null) =>
        [.. Run(host => GetSwiftRingDeviceOperation.Run(new GetSwiftRingDeviceRequest(path, filter ?? new RingDeviceFilter()), host)).Objects.Cast<SwiftRingDevice>()];

    protected SwiftRebalanceResult Rebalance(string path, string seed = "7") =>
        (SwiftRebalanceResult)Assert.Single(Run(host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(path) { Seed = seed }, host)).Objects);

    protected MemoryHost Run(Action<MemoryHost> operation)
    {
        MemoryHost host = Host();
        operation(host);
        return host;
    }

    /// <summary>Runs an operation that is answered No: it must change no file, and make none.</summary>
    protected MemoryHost RunWithNo(Action<MemoryHost> operation)
    {
        Dictionary<string, byte[]> before = Content();
        MemoryHost host = Host(answer: false);
        operation(host);
        Assert.NotEmpty(host.Questions);
        Dictionary<string, byte[]> after = Content();
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
        return host;
    }

    protected static StorageException Refused(ErrorId id, Action run)
    {
        StorageException error = Assert.ThrowsAny<StorageException>(run);
        Assert.Equal(id, error.Id);
        Assert.NotEmpty(error.Remedy);
        return error;
    }

    private Dictionary<string, byte[]> Content() =>
        Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
}
