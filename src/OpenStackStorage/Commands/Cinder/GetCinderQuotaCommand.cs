using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Shows volume quotas of projects, and what they use.</summary>
[Cmdlet(VerbsCommon.Get, "CinderQuota")]
[OutputType(typeof(CinderQuota))]
public sealed class GetCinderQuotaCommand : ServiceCmdlet
{
    [Parameter(Position = 0, HelpMessage = "The resources to show, with wildcards: gigabytes, volumes_fast. All by default.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Resource { get; set; } = [];

    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The project; by default that of the connection. Others are for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    protected override void Process() => ForItem(Project, () =>
    {
        if (Existing is not { } connection)
            return;
        foreach (VolumeUsage usage in connection.Backends.GetUsage(Project ?? connection.Project))
        {
            if (Resource.Length == 0 || Resource.Any(pattern => Wildcard.Matches(pattern, usage.Resource)))
                Host.WriteObject(new CinderQuota(usage));
        }
    });
}
