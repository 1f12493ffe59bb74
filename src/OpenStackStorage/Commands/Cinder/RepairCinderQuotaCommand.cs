using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Counts again what projects use, and drops what died operations still hold.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "CinderQuota", SupportsShouldProcess = true)]
[OutputType(typeof(CinderQuota))]
public sealed class RepairCinderQuotaCommand : ServiceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The project; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    protected override void Process() => ForItem(Project, () =>
    {
        if (Existing is not { } connection)
            return;
        string project = Project ?? connection.Project;
        if (!Host.ShouldProcess($"project '{project}'", "Count again what it uses, and drop reservations whose operation is gone"))
            return;
        foreach (VolumeUsage usage in connection.Backends.RepairUsage(project))
            Host.WriteObject(new CinderQuota(usage));
    });
}
