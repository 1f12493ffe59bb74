using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Sets volume quotas of projects, or takes them back.</summary>
[Cmdlet(VerbsCommon.Set, "CinderQuota", DefaultParameterSetName = "Limit", SupportsShouldProcess = true)]
[OutputType(typeof(CinderQuota))]
public sealed class SetCinderQuotaCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The resources: volumes, snapshots, gigabytes, per_volume_gigabytes, or with a type: gigabytes_fast.")]
    [ValidateNotNullOrEmpty]
    public string[] Resource { get; set; } = [];

    [Parameter(ParameterSetName = "Limit", Mandatory = true, Position = 1, HelpMessage = "A count, or GiB for gigabytes, which may be a size as 500GB; -1 or unlimited for none.")]
    [Limit]
    public long Limit { get; set; }

    [Parameter(ParameterSetName = "Reset", Mandatory = true, HelpMessage = "Take the setting back: what holds for all projects holds again.")]
    public SwitchParameter Reset { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = "The project; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(HelpMessage = "For all projects that have no quota of their own, in place of one project.")]
    public SwitchParameter Default { get; set; }

    [Parameter(HelpMessage = "Output the quotas as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void Process()
    {
        if (Existing is null && !Host.ShouldProcess(EmbeddedStore.DefaultPath(), "Create a store"))
            return;
        foreach (string resource in Resource)
        {
            ForItem(resource, () => SetCinderQuotaOperation.Run(
                new SetCinderQuotaRequest(Connected, resource, Reset ? null : Limit) { Project = Project, Default = Default, PassThru = PassThru }, Host));
        }
    }
}
