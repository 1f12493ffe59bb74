using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Says whether images' data is what their records say.</summary>
[Cmdlet(VerbsDiagnostic.Test, "GlanceImage", DefaultParameterSetName = NameSet)]
[OutputType(typeof(bool))]
public sealed class TestGlanceImageCommand : GlanceImageCmdlet
{
    protected override void ProcessImage(GlanceImage image) => CheckGlanceImageOperation.Test(new CheckGlanceImageRequest(image), Host);
}
