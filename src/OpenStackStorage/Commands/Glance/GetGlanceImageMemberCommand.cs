using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shows the projects that images are shared with.</summary>
[Cmdlet(VerbsCommon.Get, "GlanceImageMember", DefaultParameterSetName = NameSet)]
[OutputType(typeof(GlanceImageMember))]
public sealed class GetGlanceImageMemberCommand : GlanceImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The projects to show; by default all members.")]
    [ValidateNotNullOrEmpty]
    public string[] Member { get; set; } = [];

    protected override void ProcessImage(GlanceImage image) =>
        GetGlanceImageMemberOperation.Run(new GetGlanceImageMemberRequest(image) { Members = Member }, Host);
}
