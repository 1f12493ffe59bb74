using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Ends that images are shared with projects.</summary>
[Cmdlet(VerbsCommon.Remove, "GlanceImageMember", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImageMember))]
public sealed class RemoveGlanceImageMemberCommand : GlanceImageCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "The projects to share with no longer.")]
    [ValidateNotNullOrEmpty]
    public string[] Member { get; set; } = [];

    protected override void ProcessImage(GlanceImage image) =>
        ChangeGlanceImageMemberOperation.Remove(new ChangeGlanceImageMemberRequest(image, Member), Host);
}
