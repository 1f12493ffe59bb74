using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Records whether projects accept images that are shared with them.</summary>
[Cmdlet(VerbsCommon.Set, "GlanceImageMember", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImageMember))]
public sealed class SetGlanceImageMemberCommand : GlanceImageCmdlet
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "The projects that answer; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string[]? Member { get; set; }

    [Parameter(Mandatory = true, HelpMessage = "The answer: Accepted puts the image into the lists of the project, Rejected and Pending keep it out.")]
    [Alias("Status")]
    public ImageMemberStatus MemberStatus { get; set; }

    [Parameter(HelpMessage = "Output the members as they are then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image) =>
        ChangeGlanceImageMemberOperation.Set(new ChangeGlanceImageMemberRequest(image, Member ?? [image.Connection.Project]) { Status = MemberStatus, PassThru = PassThru }, Host);
}
