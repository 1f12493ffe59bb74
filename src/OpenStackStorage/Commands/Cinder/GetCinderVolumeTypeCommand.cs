using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists volume types.</summary>
[Cmdlet(VerbsCommon.Get, "CinderVolumeType", DefaultParameterSetName = "Name")]
[OutputType(typeof(CinderVolumeType))]
public sealed class GetCinderVolumeTypeCommand : ServiceCmdlet
{
    [Parameter(ParameterSetName = "Name", Position = 0, ValueFromPipeline = true, HelpMessage = "Names, with wildcards, or ids; all types by default.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = "VolumeTypeId", Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The ids of volume types.")]
    public Guid[] VolumeTypeId { get; set; } = [];

    [Parameter(ParameterSetName = "Default", Mandatory = true, HelpMessage = "The type of volumes that name none.")]
    public SwitchParameter Default { get; set; }

    protected override void Process()
    {
        if (Existing is not { } connection)
            NamedThings.RequireNone([.. Name, .. VolumeTypeId.Select(id => id.ToString())], CinderVolumeTypes.NotFound, Host);
        else if (Default)
            WriteDefault(connection);
        else
            NamedThings.Write([.. Name, .. VolumeTypeId.Select(id => id.ToString())], connection.VolumeTypes.ListTypes(), type => type.Name, type => type.Id,
                type => new CinderVolumeType(type, connection), CinderVolumeTypes.NotFound, Host);
    }

    private void WriteDefault(OpenStackStorageConnection connection)
    {
        if (connection.VolumeTypes.GetDefaultType(connection.Project) is { } type)
            Host.WriteObject(new CinderVolumeType(type, connection));
    }
}
