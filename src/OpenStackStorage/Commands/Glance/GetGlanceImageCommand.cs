using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Shows images that this user sees.</summary>
[Cmdlet(VerbsCommon.Get, "GlanceImage", DefaultParameterSetName = NameSet)]
[OutputType(typeof(GlanceImage))]
public sealed class GetGlanceImageCommand : ServiceCmdlet
{
    private const string NameSet = "Name";
    private const string ImageIdSet = "ImageId";

    [Parameter(ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true, HelpMessage = "The images' names, in any case; wildcards are allowed. Or an image's id.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = ImageIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The images' ids.")]
    public Guid[] ImageId { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images in one of these states. PendingDelete shows those whose deletion was delayed.")]
    public ImageStatus[] Status { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images of one of these disk formats.")]
    public ImageDiskFormat[] DiskFormat { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images in one of these containers.")]
    public ImageContainerFormat[] ContainerFormat { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images of this visibility.")]
    public ImageVisibility? Visibility { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "All that may be read: community images of others too.")]
    public SwitchParameter All { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Of the images that others share with this project, those with this answer; by default the accepted ones.")]
    public ImageMemberStatus? MemberStatus { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images that others share with this project, whatever its answer.")]
    public SwitchParameter AnyMemberStatus { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images of this project.")]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images that are protected from deletion; -Protected:$false for the others.")]
    public SwitchParameter Protected { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The hidden images, in place of the others.")]
    public SwitchParameter Hidden { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images whose data has at least this many bytes, such as 1GB.")]
    [ByteSize]
    public ulong? MinimumSize { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images whose data has at most this many bytes, such as 1GB.")]
    [ByteSize]
    public ulong? MaximumSize { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images that have all of these tags.")]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images that have all of these properties: @{ os_type = 'linux' }.")]
    [ValidateNotNull]
    public Hashtable Property { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images made at this time or later.")]
    public DateTimeOffset? CreatedAfter { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images made before this time.")]
    public DateTimeOffset? CreatedBefore { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images changed at this time or later.")]
    public DateTimeOffset? UpdatedAfter { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images last changed before this time.")]
    public DateTimeOffset? UpdatedBefore { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images whose data has this MD5 sum.")]
    [ValidateNotNullOrEmpty]
    public string? Checksum { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Images whose data has this SHA-512 sum.")]
    [ValidateNotNullOrEmpty]
    public string? HashValue { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Keys and directions, such as 'name:asc,size'; desc where none is said. By default the newest come first.")]
    [ValidateNotNullOrEmpty]
    public string[] Sort { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The id of an image of the list: what comes after it is shown.")]
    public Guid? Marker { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The most images to show.")]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    protected override void Process()
    {
        if (ParameterSetName == NameSet)
        {
            GetGlanceImageOperation.Run(new GetGlanceImageRequest(Existing, Query()) { Names = Name, First = First }, Host);
            return;
        }

        foreach (Guid id in ImageId)
            ForItem(id, () => GetGlanceImageOperation.Show(Existing, new ImageId(id), Host));
    }

    private ImageQuery Query() => new()
    {
        Statuses = Status,
        DiskFormats = DiskFormat,
        ContainerFormats = ContainerFormat,
        Visibility = Visibility,
        AllVisible = All,
        MemberStatus = MemberStatus,
        AnyMemberStatus = AnyMemberStatus,
        Owner = Owner,
        Protected = Given(nameof(Protected), Protected),
        Hidden = Given(nameof(Hidden), Hidden),
        SizeMin = MinimumSize is { } least ? Sizes.ToInt64(least, nameof(MinimumSize)) : null,
        SizeMax = MaximumSize is { } most ? Sizes.ToInt64(most, nameof(MaximumSize)) : null,
        Tags = Tag,
        Properties = TextTable.Of(Property),
        CreatedAt = [.. Bounds(CreatedAfter, CreatedBefore)],
        UpdatedAt = [.. Bounds(UpdatedAfter, UpdatedBefore)],
        Checksum = Checksum?.ToLowerInvariant(),
        HashValue = HashValue?.ToLowerInvariant(),
        Sort = GlanceImageSort.Parse(Sort),
        Marker = Marker is { } id ? new ImageId(id) : null,
    };

    private static IEnumerable<TimeFilter> Bounds(DateTimeOffset? after, DateTimeOffset? before)
    {
        if (after is { } first)
            yield return new TimeFilter(FilterOperator.GreaterOrEqual, first);
        if (before is { } end)
            yield return new TimeFilter(FilterOperator.Less, end);
    }
}
