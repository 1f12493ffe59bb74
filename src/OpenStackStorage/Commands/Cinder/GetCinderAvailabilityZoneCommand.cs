using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the availability zones of backends.</summary>
[Cmdlet(VerbsCommon.Get, "CinderAvailabilityZone")]
[OutputType(typeof(CinderAvailabilityZone))]
public sealed class GetCinderAvailabilityZoneCommand : ServiceCmdlet
{
    protected override void Process()
    {
        foreach ((string name, bool available) in Existing?.Backends.ListAvailabilityZones() ?? [])
            Host.WriteObject(new CinderAvailabilityZone { Name = name, Available = available });
    }
}
