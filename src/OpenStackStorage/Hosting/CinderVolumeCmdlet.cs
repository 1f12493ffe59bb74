using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to volumes: by object, by name or by id.</summary>
public abstract class CinderVolumeCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="VolumeId"/>.</summary>
    protected const string VolumeIdSet = "VolumeId";

    /// <summary>The parameter set of <see cref="Volume"/>.</summary>
    protected const string VolumeSet = "Volume";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true,
        HelpMessage = "The volumes' names, or their ids. A name that several volumes have is refused.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = VolumeIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The volumes' ids.")]
    public Guid[] VolumeId { get; set; } = [];

    [Parameter(ParameterSetName = VolumeSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Volumes, as Get-CinderVolume gives them.")]
    [ValidateNotNull]
    public CinderVolume[] Volume { get; set; } = [];

    /// <summary>Handles one volume.</summary>
    /// <param name="volume">As it is in the store now.</param>
    protected abstract void ProcessVolume(CinderVolume volume);

    protected sealed override void Process() => Each(
        Volume, given => CinderVolumes.Get(Connection ?? given.Connection, given.Id), VolumeId, id => CinderVolumes.Get(Existing, new VolumeId(id)),
        Name, name => CinderVolumes.Find(Existing, name), ProcessVolume);
}
