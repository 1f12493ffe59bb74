using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to volume types: by object, by name or by id.</summary>
public abstract class CinderVolumeTypeCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="VolumeTypeId"/>.</summary>
    protected const string VolumeTypeIdSet = "VolumeTypeId";

    /// <summary>The parameter set of <see cref="VolumeType"/>.</summary>
    protected const string VolumeTypeSet = "VolumeType";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The names of volume types, or their ids.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = VolumeTypeIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The ids of volume types.")]
    public Guid[] VolumeTypeId { get; set; } = [];

    [Parameter(ParameterSetName = VolumeTypeSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Volume types, as Get-CinderVolumeType gives them.")]
    [ValidateNotNull]
    public CinderVolumeType[] VolumeType { get; set; } = [];

    /// <param name="type">As it is in the store now.</param>
    protected abstract void ProcessVolumeType(CinderVolumeType type);

    protected sealed override void Process() => Each(
        VolumeType, given => CinderVolumeTypes.Find(Connection ?? given.Connection, given.VolumeTypeId.ToString()), VolumeTypeId, id => CinderVolumeTypes.Find(Existing, id.ToString()),
        Name, name => CinderVolumeTypes.Find(Existing, name), ProcessVolumeType);
}
