using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Removes snapshots; the volume stays what it is.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderSnapshot", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCinderSnapshotCommand : CinderSnapshotCmdlet
{
    [Parameter(HelpMessage = "Remove the snapshot whatever its status is. For admins.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Remove in the background and return a job: a layer may have to be merged.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessSnapshot(CinderSnapshot snapshot) => RemoveCinderSnapshotOperation.Run(new RemoveCinderSnapshotRequest(snapshot) { Force = Force }, Host);
}
