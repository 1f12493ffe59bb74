using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shares images with projects.</summary>
[Cmdlet(VerbsCommon.Add, "GlanceImageMember", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImageMember))]
public sealed class AddGlanceImageMemberCommand : GlanceImageCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "The projects to share with.")]
    [ValidateNotNullOrEmpty]
    public string[] Member { get; set; } = [];

    [Parameter(HelpMessage = "Output the members as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image) =>
        ChangeGlanceImageMemberOperation.Add(new ChangeGlanceImageMemberRequest(image, Member) { PassThru = PassThru }, Host);
}
