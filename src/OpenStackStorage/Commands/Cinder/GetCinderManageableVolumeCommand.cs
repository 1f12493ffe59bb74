using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists data on backends that could become volumes.</summary>
[Cmdlet(VerbsCommon.Get, "CinderManageableVolume")]
[OutputType(typeof(CinderManageableVolume))]
public sealed class GetCinderManageableVolumeCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The backend or pool to look at.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    protected override void Process() => GetCinderManageableVolumeOperation.Run(new GetCinderManageableVolumeRequest(Existing, Backend!), Host);
}
