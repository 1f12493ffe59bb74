using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Publishes images: files, a stream, or the record alone.</summary>
[Cmdlet(VerbsCommon.New, "GlanceImage", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class NewGlanceImageCommand : FileCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "InputStream", HelpMessage = "The data, read from where the stream stands to its end.")]
    [ValidateNotNull]
    public Stream? InputStream { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "NoData", HelpMessage = "Record the image alone: it is queued until it gets data.")]
    public SwitchParameter NoData { get; set; }

    [Parameter(Position = 1, HelpMessage = "The image's name; by default that of the file, without its ending. Names need not be unique.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(HelpMessage = "What the data is. By default it is recognised by its content, once, and recorded.")]
    public ImageDiskFormat? DiskFormat { get; set; }

    [Parameter(HelpMessage = "What the data is wrapped in; bare by default, and that of ami, ari and aki for these.")]
    public ImageContainerFormat? ContainerFormat { get; set; }

    [Parameter(HelpMessage = "Store the disk in this format, whatever format it comes in.")]
    public DiskImageFormat? ConvertTo { get; set; }

    [Parameter(HelpMessage = "Who sees the image: shared by default, with nobody until it gets members.")]
    public ImageVisibility? Visibility { get; set; }

    [Parameter(HelpMessage = "The same as -Visibility Public.")]
    public SwitchParameter Public { get; set; }

    [Parameter(HelpMessage = "Additional properties: @{ os_type = 'linux' }.")]
    [ValidateNotNull]
    public Hashtable Property { get; set; } = [];

    [Parameter(HelpMessage = "The image's tags.")]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    [Parameter(HelpMessage = "GiB of the smallest disk that the image boots on.")]
    [ValidateRange(0, int.MaxValue)]
    public int MinDisk { get; set; }

    [Parameter(HelpMessage = "MiB of the least memory that the image boots with.")]
    [ValidateRange(0, int.MaxValue)]
    public int MinRam { get; set; }

    [Parameter(HelpMessage = "Refuse to delete the image until that is taken back.")]
    public SwitchParameter Protected { get; set; }

    [Parameter(HelpMessage = "Leave the image out of lists; it is usable all the same.")]
    public SwitchParameter Hidden { get; set; }

    [Parameter(HelpMessage = "The image's id; by default a new one.")]
    public Guid? ImageId { get; set; }

    [Parameter(HelpMessage = "The project that owns the image; by default that of the connection. Others are for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    [Parameter(HelpMessage = "Bytes that the data must have, as somebody counted them before.")]
    [ByteSize]
    public ulong? ExpectedSize { get; set; }

    [Parameter(HelpMessage = "The store that takes the data; by default the store decides.")]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    [Parameter(HelpMessage = "The name or id of the kernel (aki) that a machine image boots with.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? KernelImage { get; set; }

    [Parameter(HelpMessage = "The name or id of the ramdisk (ari) that a machine image boots with.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? RamdiskImage { get; set; }

    [Parameter(HelpMessage = "When the image is there, delete older active ones of its name and owner: all but the newest -Keep.")]
    public SwitchParameter Rotate { get; set; }

    [Parameter(HelpMessage = "With -Rotate: how many images of the name stay, the new one among them.")]
    [ValidateRange(1, int.MaxValue)]
    public int? Keep { get; set; }

    [Parameter(HelpMessage = "With -Rotate: hide older images in place of deleting them.")]
    public SwitchParameter Hide { get; set; }

    [Parameter(HelpMessage = "The store and who uses it, as Connect-OpenStackStorage gives it. By default the current connection, or the default folder.")]
    [ValidateNotNull]
    public OpenStackStorageConnection? Connection { get; set; }

    [Parameter(HelpMessage = "Store the image in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override IEnumerable<string> Choose(IReadOnlyList<string> paths) => ImageFiles.WithoutExtents(paths, Host);

    protected override void ProcessFile(string path) => Publish(path);

    protected override void ProcessWithoutFile() => Publish(null);

    private void Publish(string? path)
    {
        if (Rotate != Keep.HasValue || (Hide && !Rotate))
            throw new ServiceException(ErrorIds.ParameterInvalid, "-Rotate and -Keep are given together, and -Hide with them only.") { Remedy = "Say how many images stay: -Rotate -Keep 3." };
        if (Public && Visibility is not (null or ImageVisibility.Public))
            throw new ServiceException(ErrorIds.ParameterInvalid, $"-Public contradicts -Visibility {Visibility}.") { Remedy = "Give one of both." };
        StoreSession session = StoreSession.OfPipeline();
        NewGlanceImageOperation.Run(
            new NewGlanceImageRequest(session.Find(Connection, Host), () => session.Use(Connection, Host))
            {
                Path = path,
                Stream = InputStream,
                Spec = Spec(),
                Upload = new ImageUploadOptions { ExpectedSize = ExpectedSize is { } size ? Sizes.ToInt64(size, nameof(ExpectedSize)) : null, ConvertTo = ConvertTo, Store = Store },
                KernelImage = KernelImage,
                RamdiskImage = RamdiskImage,
                Keep = Keep,
                Hide = Hide,
            },
            Host);
    }

    private ImageSpec Spec() => new()
    {
        Id = ImageId is { } id ? new ImageId(id) : null,
        Name = Name,
        Visibility = Public ? ImageVisibility.Public : Visibility ?? ImageVisibility.Shared,
        DiskFormat = DiskFormat,
        ContainerFormat = ContainerFormat,
        Owner = Owner,
        MinDisk = MinDisk,
        MinRam = MinRam,
        Protected = Protected,
        Hidden = Hidden,
        Tags = Tag,
        Properties = TextTable.Of(Property),
    };
}
