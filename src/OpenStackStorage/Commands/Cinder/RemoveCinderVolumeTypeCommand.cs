using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Removes volume types that no volume is of.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderVolumeType", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCinderVolumeTypeCommand : CinderVolumeTypeCmdlet
{
    protected override void ProcessVolumeType(CinderVolumeType type)
    {
        IVolumeTypeService types = type.Connection.VolumeTypes;
        ServiceChangeOperation.Run(new ServiceChangeRequest<IVolumeTypeService, bool>(types, types.DryRun(), type.Name, "Remove the volume type", Remove), Host);

        bool Remove(IVolumeTypeService service)
        {
            service.DeleteType(type.VolumeTypeId);
            return true;
        }
    }
}
