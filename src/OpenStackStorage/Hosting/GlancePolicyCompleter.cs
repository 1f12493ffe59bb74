using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>Completes names of Glance's rules, with what they are about, and of the roles that a cloud begins with.</summary>
public sealed class GlancePolicyCompleter : IArgumentCompleter
{
    private static readonly (string Word, string Tip)[] Roles =
    [
        ("admin", "Sees and changes the images of all projects."),
        ("manager", "A member, and more where the policy says so."),
        ("member", "Makes and changes the images of its project."),
        ("reader", "Sees the images of its project."),
        ("service", "Other services of the cloud."),
    ];

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Words(parameterName, wordToComplete ?? "").Select(one => new CompletionResult(one.Word, one.Word, CompletionResultType.ParameterValue, one.Tip));

    /// <summary>The words that a parameter takes and that begin as given, each with what it means.</summary>
    internal static IEnumerable<(string Word, string Tip)> Words(string parameter, string start) =>
        (parameter == "Action" ? GlancePolicy.Defaults.Select(rule => (rule.Name, rule.Description)) : Roles)
            .Where(one => one.Item1.StartsWith(start.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase));
}
