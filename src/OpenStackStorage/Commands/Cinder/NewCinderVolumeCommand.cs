using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Makes volumes: blank ones, or from images, volumes and snapshots.</summary>
[Cmdlet(VerbsCommon.New, "CinderVolume", DefaultParameterSetName = BlankSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class NewCinderVolumeCommand : ServiceCmdlet
{
    private const string BlankSet = "Blank";
    private const string ImageSet = "Image";
    private const string VolumeSet = "Volume";
    private const string SnapshotSet = "Snapshot";

    [Parameter(Position = 0, HelpMessage = "The volume's name. Names need not be unique.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(Position = 1, ParameterSetName = BlankSet, Mandatory = true, HelpMessage = "Whole GiB, such as 20GB. A source gives its own size where none is said.")]
    [Parameter(Position = 1, ParameterSetName = ImageSet, HelpMessage = "Whole GiB, such as 20GB; by default the least that holds the image.")]
    [Parameter(Position = 1, ParameterSetName = VolumeSet, HelpMessage = "Whole GiB, such as 20GB; by default that of the volume.")]
    [Parameter(Position = 1, ParameterSetName = SnapshotSet, HelpMessage = "Whole GiB, such as 20GB; by default that of the snapshot.")]
    [ByteSize]
    public ulong? Size { get; set; }

    [Parameter(ParameterSetName = ImageSet, Mandatory = true, ValueFromPipeline = true, HelpMessage = "The image to make it from, as Get-GlanceImage gives it, or its name or id.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameOr<GlanceImage>]
    [ValidateNotNull]
    public NameOr<GlanceImage>? Image { get; set; }

    [Parameter(ParameterSetName = VolumeSet, Mandatory = true, ValueFromPipeline = true, HelpMessage = "The volume to clone, as Get-CinderVolume gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    [ValidateNotNull]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(ParameterSetName = SnapshotSet, Mandatory = true, ValueFromPipeline = true, HelpMessage = "The snapshot to make it from, as Get-CinderSnapshot gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderSnapshotNameCompleter))]
    [NameOr<CinderSnapshot>]
    [ValidateNotNull]
    public NameOr<CinderSnapshot>? Snapshot { get; set; }

    [Parameter(HelpMessage = "The volume type; by default that of the source, or the default type, or none.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameOr<CinderVolumeType>]
    [ValidateNotNull]
    public NameOr<CinderVolumeType>? VolumeType { get; set; }

    [Parameter(HelpMessage = "What the volume is for.")]
    [ValidateNotNull]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "The availability zone; by default that of the source, else nova.")]
    [ValidateNotNullOrEmpty]
    public string? AvailabilityZone { get; set; }

    [Parameter(HelpMessage = "The backend or pool that is to hold it; by default the scheduler chooses.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(HelpMessage = "Metadata of one's own: @{ owner = 'web' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(HelpMessage = "Hints for the scheduler: @{ different_host = $web1 }; also same_host, local_to_instance and query.")]
    [ValidateNotNull]
    public Hashtable Hint { get; set; } = [];

    [Parameter(HelpMessage = "Allow several attachments at once.")]
    public SwitchParameter Multiattach { get; set; }

    [Parameter(HelpMessage = "Copy all data of the source: no linked clone, and no image cache.")]
    public SwitchParameter Full { get; set; }

    [Parameter(HelpMessage = "Make the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process()
    {
        StoreSession session = StoreSession.OfPipeline();
        OpenStackStorageConnection? named = Connection ?? Image?.Thing?.Connection ?? Volume?.Thing?.Connection ?? Snapshot?.Thing?.Connection;
        NewCinderVolumeOperation.Run(
            new NewCinderVolumeRequest(session.Find(named, Host), () => session.Use(named, Host), Spec()) { Image = Image, Volume = Volume, Snapshot = Snapshot },
            Host);
    }

    private VolumeSpec Spec() => new()
    {
        Name = Name,
        Description = Description,
        SizeGiB = Sizes.ToGiB(Size, nameof(Size)),
        VolumeType = VolumeType?.ToString(),
        AvailabilityZone = AvailabilityZone,
        Backend = Backend,
        Metadata = TextTable.Of(Metadata),
        Hints = CinderHints.Of(Hint),
        Multiattach = Multiattach,
        Full = Full,
    };
}
