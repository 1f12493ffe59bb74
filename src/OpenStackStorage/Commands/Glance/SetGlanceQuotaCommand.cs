using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Sets quotas of projects, or takes them back.</summary>
[Cmdlet(VerbsCommon.Set, "GlanceQuota", DefaultParameterSetName = LimitSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceQuota))]
public sealed class SetGlanceQuotaCommand : ServiceCmdlet
{
    private const string LimitSet = "Limit";
    private const string ResetSet = "Reset";

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The quotas to set.")]
    public ImageQuota[] Quota { get; set; } = [];

    [Parameter(ParameterSetName = LimitSet, Mandatory = true, Position = 1, HelpMessage = "Bytes, such as 10GB, or a count; -1 or unlimited for none.")]
    [Limit]
    public long Limit { get; set; }

    [Parameter(ParameterSetName = ResetSet, Mandatory = true, HelpMessage = "Take the setting back: what holds for all projects holds again.")]
    public SwitchParameter Reset { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = "The project; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(HelpMessage = "For all projects that have no quota of their own, in place of one project.")]
    public SwitchParameter Default { get; set; }

    [Parameter(HelpMessage = "Output the quotas as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void Process() => ForItem(Project, () =>
    {
        if (Existing is null && !Host.ShouldProcess(EmbeddedStore.DefaultPath(), "Create a store"))
            return;
        SetGlanceQuotaRequest request = new(Connected, Quota, ParameterSetName == LimitSet ? Limit : null) { Project = Project, IsDefault = Default, PassThru = PassThru };
        SetGlanceQuotaOperation.Run(request, Host);
    });
}
