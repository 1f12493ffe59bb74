using System.Text.RegularExpressions;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>What to find in a ring: a name or a partition.</summary>
public sealed record ResolveSwiftRingPathRequest(string Path)
{
    public string? Account { get; init; }

    public string? Container { get; init; }

#pragma warning disable CA1720 // An object is what Swift stores.
    public string? Object { get; init; }
#pragma warning restore CA1720

    public int? Partition { get; init; }

    /// <summary>How many handoffs to list; null for as many as there are replicas.</summary>
    public int? Handoff { get; init; }

    public string? HashPrefix { get; init; }

    public string? HashSuffix { get; init; }

    /// <summary>A swift.conf, as the user wrote it; null for that of the system where it is needed.</summary>
    public string? ConfigurationPath { get; init; }
}

/// <summary>Finds the devices and folders of an account, container, object or partition, as swift-get-nodes does.</summary>
public static partial class ResolveSwiftRingPathOperation
{
    private const string DefaultConfiguration = "/etc/swift/swift.conf";

    public static void Run(ResolveSwiftRingPathRequest request, ICmdletHost host)
    {
        RefuseContradictions(request);
        RingData data = RingSource.Read(request.Path).Ring;
        if (data.Assignments.RowCount == 0)
            throw new RingException(ErrorIds.RingNotRebalanced, $"'{request.Path}' has no assignments: it was never rebalanced.") { Target = request.Path };
        Ring ring = new(data);
        byte[]? hash = null;
        RingPartition partition;
        if (request.Partition is { } number)
        {
            if (number < 0 || number >= ring.Parts)
                throw new RingException(ErrorIds.RingParameterInvalid, FormattableString.Invariant($"'{request.Path}' has no partition {number}: 0 to {ring.Parts - 1}."));
            partition = new RingPartition(number);
        }
        else
        {
            HashPath hashPath = SwiftConfiguration.HashPath(request.HashPrefix, request.HashSuffix, request.ConfigurationPath is null ? DefaultConfiguration : host.ResolvePaths(request.ConfigurationPath, literal: true)[0]);
            hash = hashPath.Hash(request.Account!, request.Container, request.Object);
            partition = ring.GetPartition(hashPath, request.Account!, request.Container, request.Object);
        }

        IReadOnlyList<RingDevice> primaries = ring.GetPrimaries(partition);
        Write("Primary", primaries);
        Write("Handoff", ring.GetHandoffs(partition).Take(request.Handoff ?? primaries.Count));

        void Write(string kind, IEnumerable<RingDevice> devices)
        {
            int index = 0;
            foreach (RingDevice device in devices)
                host.WriteObject(ToModel(request, partition, hash, kind, index++, device));
        }
    }

    private static void RefuseContradictions(ResolveSwiftRingPathRequest request)
    {
        if (request.Object is not null && request.Container is null)
            throw new StorageException(ErrorIds.ParameterInvalid, "An object lies in a container: none was given.") { Target = request.Object, Remedy = "Add -Container." };
        if (request.Container is not null && request.Account is null)
            throw new StorageException(ErrorIds.ParameterInvalid, "A container lies in an account: none was given.") { Target = request.Container, Remedy = "Add -Account." };
    }

    private static SwiftRingLocation ToModel(ResolveSwiftRingPathRequest request, RingPartition partition, byte[]? hash, string kind, int index, RingDevice device)
    {
        string? hex = hash is null ? null : Convert.ToHexStringLower(hash);
        string folder = FormattableString.Invariant($"/srv/node/{device.Device}/{DataFolder(request)}/{partition.Value}");
        return new SwiftRingLocation
        {
            Path = request.Path,
            Partition = partition.Value,
            Hash = hex,
            Kind = kind,
            Index = index,
            DeviceId = device.Id.Value,
            Region = device.Region,
            Zone = device.Zone,
            Ip = device.Ip,
            Port = device.Port,
            Device = device.Device,
            DiskPath = hex is null ? folder : $"{folder}/{hex[^3..]}/{hex}", // storage_directory: the hash's last three digits between
            Url = request.Account is null ? null : Url(request, partition, device),
        };
    }

    private static string Url(ResolveSwiftRingPathRequest request, RingPartition partition, RingDevice device)
    {
        string host = device.Ip.Contains(':', StringComparison.Ordinal) ? $"[{device.Ip}]" : device.Ip;
        string name = string.Join('/', new[] { request.Account, request.Container, request.Object }.OfType<string>().Select(Escape));
        return FormattableString.Invariant($"http://{host}:{device.Port}/{device.Device}/{partition.Value}/{name}");
    }

    /// <summary>Python's quote leaves slashes as they are; an object's name may hold them.</summary>
    private static string Escape(string name) => Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal);

    /// <summary>By the name's depth; an object's folder has the number of its ring's storage policy: object-1.ring.gz.</summary>
    private static string DataFolder(ResolveSwiftRingPathRequest request)
    {
        string ring = Path.GetFileName(request.Path);
        if (request.Account is not null && request.Container is null)
            return "accounts";
        if (request.Container is not null && request.Object is null)
            return "containers";
        if (request.Account is null && ring.StartsWith("account", StringComparison.Ordinal))
            return "accounts";
        if (request.Account is null && ring.StartsWith("container", StringComparison.Ordinal))
            return "containers";
        Match policy = PolicyRing().Match(ring);
        return policy.Success && policy.Groups[1].Value != "0" ? $"objects-{policy.Groups[1].Value}" : "objects";
    }

    [GeneratedRegex(@"^object-(\d+)\.")]
    private static partial Regex PolicyRing();
}
