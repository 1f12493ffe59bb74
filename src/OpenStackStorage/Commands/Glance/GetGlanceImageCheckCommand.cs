using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists where images' data does not agree with their records.</summary>
[Cmdlet(VerbsCommon.Get, "GlanceImageCheck", DefaultParameterSetName = NameSet)]
[OutputType(typeof(GlanceImageCheck))]
public sealed class GetGlanceImageCheckCommand : GlanceImageCmdlet
{
    protected override void ProcessImage(GlanceImage image) => CheckGlanceImageOperation.List(new CheckGlanceImageRequest(image), Host);
}
