using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

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
        if (Existing is { } connection)
            RepairCinderQuotaOperation.Run(new RepairCinderQuotaRequest(connection, Project ?? connection.Project), Host);
    });
}
