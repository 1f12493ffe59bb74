using System.IO.Enumeration;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>What the policy is asked. Null stands for the connection's own.</summary>
public sealed record CheckGlancePolicyRequest(OpenStackStorageConnection Connection)
{
    /// <summary>Names of rules; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Actions { get; init; } = ["*"];

    public IReadOnlyList<string>? Roles { get; init; }

    public string? User { get; init; }

    public string? Project { get; init; }

    /// <summary>Null for an image that is yet to be made.</summary>
    public GlanceImage? Image { get; init; }
}

/// <summary>Asks the policy of a store: all that it says, or its answer alone.</summary>
public static class CheckGlancePolicyOperation
{
    /// <summary>Writes a <see cref="GlancePolicyCheck"/> for every action.</summary>
    public static void List(CheckGlancePolicyRequest request, ICmdletHost host)
    {
        foreach (GlancePolicyCheck check in Checks(request, host))
            host.WriteObject(check);
    }

    /// <summary>Writes true or false for every action.</summary>
    public static void Test(CheckGlancePolicyRequest request, ICmdletHost host)
    {
        foreach (GlancePolicyCheck check in Checks(request, host))
        {
            host.WriteVerbose($"{check}. {check.Reason}");
            host.WriteObject(check.Allowed);
        }
    }

    private static IEnumerable<GlancePolicyCheck> Checks(CheckGlancePolicyRequest request, ICmdletHost host)
    {
        ImageService images = request.Connection.Images;
        Identity own = request.Connection.Identity;
        Identity asked = new(request.User ?? own.User, request.Project ?? own.Project, request.Roles ?? own.Roles);
        ImageId? image = request.Image is { } one ? new ImageId(one.ImageId) : null;
        string[] known = [.. request.Connection.Store.Policy.All.Select(rule => rule.Name)];
        foreach (string action in request.Actions)
        {
            string[] rules = [.. known.Where(rule => FileSystemName.MatchesSimpleExpression(action, rule))];
            if (rules.Length == 0)
                host.WriteError(NoRule(action));
            foreach (string rule in rules)
            {
                host.Stop.ThrowIfCancellationRequested();
                yield return new GlancePolicyCheck(rule, asked, request.Image, images.Explain(rule, image, asked));
            }
        }
    }

    // Glance lets its rule "default", which allows all, answer for what it does not know. Who asks has mistyped.
    private static ServiceException NoRule(string action) =>
        new(ErrorIds.ParameterInvalid, $"The policy has no rule '{action}'.")
        {
            Target = action,
            Found = action,
            Expected = "a rule of Glance, such as delete_image",
            Remedy = "Run Get-GlancePolicyCheck without -Action for the names of all.",
        };
}
