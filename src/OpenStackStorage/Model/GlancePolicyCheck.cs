using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>What Glance's policy says of one action, and why.</summary>
public sealed class GlancePolicyCheck
{
    // What the rule consists of.
    private readonly PolicyDecision _decision;

    internal GlancePolicyCheck(string action, Identity asked, GlanceImage? image, PolicyDecision decision)
    {
        _decision = decision.Parts is [PolicyDecision rule] ? rule : decision;
        Action = action;
        User = asked.User;
        Project = asked.Project;
        Roles = [.. asked.Roles];
        Image = image?.ToString();
        Parts = [.. _decision.Parts.Select(part => new GlancePolicyPart(part))];
    }

    /// <summary>The rule's name, such as <c>delete_image</c>.</summary>
    public string Action { get; }

    public bool Allowed => _decision.Allowed;

    /// <summary>The comparisons that decided: the first that failed, or those that were enough.</summary>
    public string Reason => string.Join("; ", _decision.Deciding.Select(part => $"{part.Check}: {part.Reason}"));

    public string User { get; }

    public string Project { get; }

    /// <summary>As they were asked for; a role implies others.</summary>
    public string[] Roles { get; }

    /// <summary>Name or id of the image; null for one that is yet to be made.</summary>
    public string? Image { get; }

    /// <summary>The whole rule in the language of oslo.policy.</summary>
    public string Check => _decision.Check;

    /// <summary>The tree of checks.</summary>
    public GlancePolicyPart[] Parts { get; }

    /// <summary>The tree as indented lines, for people.</summary>
    public IEnumerable<string> Explain() => _decision.Explain();

    public override string ToString() => $"{(Allowed ? "allowed" : "refused")}: {Action}";
}
