using System.Management.Automation;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that ask the policy.</summary>
public abstract class GlancePolicyCmdlet : ServiceCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The roles to ask for; by default those of the connection.")]
    [Alias("Role")]
    [ArgumentCompleter(typeof(GlancePolicyCompleter))]
    [ValidateNotNull]
    public string[]? As { get; set; }

    [Parameter(HelpMessage = "The user to ask for; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    [Parameter(HelpMessage = "The project to ask for; by default that of the connection.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(ValueFromPipeline = true, HelpMessage = "The image that is acted on, as Get-GlanceImage gives it; by default one that the project is about to make.")]
    [ValidateNotNull]
    public GlanceImage? Image { get; set; }

    /// <summary>What the parameters ask for one pipeline item.</summary>
    protected CheckGlancePolicyRequest Request(string[] actions) =>
        new(Connection ?? Image?.Connection ?? Connected) { Actions = actions, Roles = As, User = User, Project = Project, Image = Image };
}
