using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Asks the scheduler where a volume would go, and why.</summary>
[Cmdlet(VerbsCommon.Find, "CinderPool", DefaultParameterSetName = "Pool")]
[OutputType(typeof(CinderPool))]
[OutputType(typeof(CinderPoolCheck), ParameterSetName = [ExplainSet])]
public sealed class FindCinderPoolCommand : ServiceCmdlet
{
    private const string ExplainSet = "Explain";

    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The volume's size in whole GiB: 20GB.")]
    [ByteSize]
    public ulong? Size { get; set; }

    [Parameter(HelpMessage = "The volume's type; by default the default type, or none.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameOr<CinderVolumeType>]
    [ValidateNotNull]
    public NameOr<CinderVolumeType>? VolumeType { get; set; }

    [Parameter(HelpMessage = "The availability zone; nova by default.")]
    [ValidateNotNullOrEmpty]
    public string? AvailabilityZone { get; set; }

    [Parameter(HelpMessage = "The backend or pool to ask about.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(HelpMessage = "Hints: @{ different_host = $web1 }; also same_host, local_to_instance and query.")]
    [ValidateNotNull]
    public Hashtable Hint { get; set; } = [];

    [Parameter(ParameterSetName = ExplainSet, Mandatory = true, HelpMessage = "Show every filter's and weigher's answer on every pool, those that are refused too.")]
    public SwitchParameter Explain { get; set; }

    protected override void Process() => FindCinderPoolOperation.Run(
        new FindCinderPoolRequest(Existing, new VolumeSpec
        {
            SizeGiB = Sizes.ToGiB(Size, nameof(Size)),
            VolumeType = VolumeType?.ToString(),
            AvailabilityZone = AvailabilityZone,
            Backend = Backend,
            Hints = CinderHints.Of(Hint),
        })
        {
            Explain = Explain,
        },
        Host);
}
