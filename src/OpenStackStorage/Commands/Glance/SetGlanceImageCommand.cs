using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Changes what is recorded of images.</summary>
[Cmdlet(VerbsCommon.Set, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class SetGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "The name to give the image.")]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    [Parameter(HelpMessage = "Properties to set; others stay: @{ os_type = 'linux' }.")]
    [ValidateNotNull]
    public Hashtable Property { get; set; } = [];

    [Parameter(HelpMessage = "The names of properties to take away.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveProperty { get; set; } = [];

    [Parameter(HelpMessage = "All tags that the image has afterwards; @() for none.")]
    [AllowEmptyCollection]
    public string[]? Tag { get; set; }

    [Parameter(HelpMessage = "Tags to add; others stay.")]
    [ValidateNotNullOrEmpty]
    public string[] AddTag { get; set; } = [];

    [Parameter(HelpMessage = "Tags to take away, where they are.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveTag { get; set; } = [];

    [Parameter(HelpMessage = "Who sees the image.")]
    public ImageVisibility? Visibility { get; set; }

    [Parameter(HelpMessage = "Refuse to delete the image; -Protected:$false takes that back.")]
    public SwitchParameter Protected { get; set; }

    [Parameter(HelpMessage = "Leave the image out of lists; -Hidden:$false takes that back.")]
    public SwitchParameter Hidden { get; set; }

    [Parameter(HelpMessage = "GiB of the smallest disk that the image boots on.")]
    [ValidateRange(0, int.MaxValue)]
    public int? MinDisk { get; set; }

    [Parameter(HelpMessage = "MiB of the least memory that the image boots with.")]
    [ValidateRange(0, int.MaxValue)]
    public int? MinRam { get; set; }

    [Parameter(HelpMessage = "What the data is to be; only before there is any.")]
    public ImageDiskFormat? DiskFormat { get; set; }

    [Parameter(HelpMessage = "What the data is to be wrapped in; only before there is any.")]
    public ImageContainerFormat? ContainerFormat { get; set; }

    [Parameter(HelpMessage = "The project that owns the image then; for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image)
    {
        ImageChange change = new()
        {
            Name = NewName,
            SetProperties = TextTable.Of(Property),
            RemoveProperties = RemoveProperty,
            Tags = Tag,
            AddTags = AddTag,
            RemoveTags = RemoveTag,
            Visibility = Visibility,
            Protected = Given(nameof(Protected), Protected),
            Hidden = Given(nameof(Hidden), Hidden),
            MinDisk = MinDisk,
            MinRam = MinRam,
            DiskFormat = DiskFormat,
            ContainerFormat = ContainerFormat,
            Owner = Owner,
        };
        ChangeGlanceImageOperation.Run(
            new ChangeGlanceImageRequest(image, GlanceImageChange.Describe(change), (images, id) => images.Update(id, change)) { PassThru = PassThru }, Host);
    }
}
