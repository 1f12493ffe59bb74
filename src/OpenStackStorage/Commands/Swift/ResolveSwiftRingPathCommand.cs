using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Finds where an account, container, object or partition lies.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "SwiftRingPath", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingLocation))]
public sealed class ResolveSwiftRingPathCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The account: AUTH_test.")]
    [ValidateNotNullOrEmpty]
    public string? Account { get; set; }

    [Parameter(Position = 2, HelpMessage = "The container.")]
    [ValidateNotNullOrEmpty]
    public string? Container { get; set; }

#pragma warning disable CA1720 // An object is what Swift stores.
    [Parameter(Position = 3, HelpMessage = "The object; it may hold slashes.")]
    [ValidateNotNullOrEmpty]
    public string? Object { get; set; }
#pragma warning restore CA1720

    [Parameter(HelpMessage = "A partition's number, in place of a name.")]
    public int[] Partition { get; set; } = [];

    [Parameter(HelpMessage = "How many handoffs to list; by default as many as there are replicas.")]
    [ValidateRange(0, int.MaxValue)]
    public int? Handoff { get; set; }

    [Parameter(HelpMessage = "The cluster's swift_hash_path_prefix.")]
    public string? HashPrefix { get; set; }

    [Parameter(HelpMessage = "The cluster's swift_hash_path_suffix.")]
    public string? HashSuffix { get; set; }

    [Parameter(HelpMessage = "The cluster's swift.conf, by default /etc/swift/swift.conf.")]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    protected override void ProcessFile(string path)
    {
        ResolveSwiftRingPathRequest request = new(path)
        {
            Account = Account,
            Container = Container,
            Object = Object,
            Handoff = Handoff,
            HashPrefix = HashPrefix,
            HashSuffix = HashSuffix,
            ConfigurationPath = ConfigurationPath,
        };
        if (Account is null == (Partition.Length == 0))
            throw new StorageException(ErrorIds.ParameterInvalid, "Either a name or partitions must be given.") { Target = path, Remedy = "Add -Account, or -Partition." };
        if (Account is not null)
            ResolveSwiftRingPathOperation.Run(request, Host);
        foreach (int partition in Partition)
            ResolveSwiftRingPathOperation.Run(request with { Partition = partition }, Host);
    }
}
