using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Shows quotas of projects, and what they use.</summary>
[Cmdlet(VerbsCommon.Get, "GlanceQuota")]
[OutputType(typeof(GlanceQuota))]
public sealed class GetGlanceQuotaCommand : ServiceCmdlet
{
    [Parameter(Position = 0, HelpMessage = "The quotas to show; by default all.")]
    public ImageQuota[] Quota { get; set; } = [];

    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The project; by default that of the connection. Others are for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    protected override void Process() => ForItem(Project, () =>
    {
        if (Existing is { } connection)
            GetGlanceQuotaOperation.Run(new GetGlanceQuotaRequest(connection, Project) { Quotas = Quota }, Host);
    });
}
