using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Explains what Glance's policy says of actions.</summary>
[Cmdlet(VerbsCommon.Get, "GlancePolicyCheck")]
[OutputType(typeof(GlancePolicyCheck))]
public sealed class GetGlancePolicyCheckCommand : GlancePolicyCmdlet
{
    [Parameter(Position = 0, HelpMessage = "The rules' names, such as delete_image; by default all. Wildcards are allowed.")]
    [ArgumentCompleter(typeof(GlancePolicyCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Action { get; set; } = ["*"];

    protected override void Process() => ForItem(Image, () => CheckGlancePolicyOperation.List(Request(Action), Host));
}
