using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to images: by object, by name or by id.</summary>
public abstract class GlanceImageCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="ImageId"/>.</summary>
    protected const string ImageIdSet = "ImageId";

    /// <summary>The parameter set of <see cref="Image"/>.</summary>
    protected const string ImageSet = "Image";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true,
        HelpMessage = "The images' names, or their ids. A name that several images have is refused.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = ImageIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The images' ids.")]
    public Guid[] ImageId { get; set; } = [];

    [Parameter(ParameterSetName = ImageSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Images, as Get-GlanceImage gives them.")]
    [ValidateNotNull]
    public GlanceImage[] Image { get; set; } = [];

    /// <summary>True where a name means an image whose deletion was delayed before it means another one.</summary>
    protected virtual bool MeansTrash => false;

    /// <summary>Handles one image.</summary>
    /// <param name="image">As it is in the store now.</param>
    protected abstract void ProcessImage(GlanceImage image);

    protected sealed override void Process() => Each(
        Image, given => GlanceImages.Get(Connection ?? given.Connection, given.Id), ImageId, id => GlanceImages.Get(Existing, new ImageId(id)),
        Name, name => GlanceImages.Find(Existing, name, MeansTrash), ProcessImage);
}
