using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Says whether Glance's policy allows actions.</summary>
[Cmdlet(VerbsDiagnostic.Test, "GlancePolicy")]
[OutputType(typeof(bool))]
public sealed class TestGlancePolicyCommand : GlancePolicyCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The rules' names, such as delete_image. Wildcards are allowed.")]
    [ArgumentCompleter(typeof(GlancePolicyCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Action { get; set; } = [];

    protected override void Process() => ForItem(Image, () => CheckGlancePolicyOperation.Test(Request(Action), Host));
}
