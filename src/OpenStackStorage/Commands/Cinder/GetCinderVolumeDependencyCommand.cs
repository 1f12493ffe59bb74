using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shows what volumes were made from and what was made from them.</summary>
[Cmdlet(VerbsCommon.Get, "CinderVolumeDependency", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderVolumeDependency))]
public sealed class GetCinderVolumeDependencyCommand : CinderVolumeCmdlet
{
    protected override void ProcessVolume(CinderVolume volume) => GetCinderVolumeDependencyOperation.Run(new GetCinderVolumeDependencyRequest(volume), Host);
}
