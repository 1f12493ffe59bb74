using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>One check of a policy's rule, and what it said. What was not asked any more, because the answer was known, is missing.</summary>
public sealed class GlancePolicyPart
{
    internal GlancePolicyPart(PolicyDecision decision)
    {
        Allowed = decision.Allowed;
        Check = decision.Check;
        Reason = decision.Reason;
        Parts = [.. decision.Parts.Select(part => new GlancePolicyPart(part))];
    }

    public bool Allowed { get; }

    /// <summary>In the language of oslo.policy.</summary>
    public string Check { get; }

    /// <summary>The values that were compared, or how the parts make up the answer.</summary>
    public string Reason { get; }

    /// <summary>In the order in which they were asked.</summary>
    public GlancePolicyPart[] Parts { get; }

    public override string ToString() => $"{(Allowed ? "allowed" : "refused")}: {Check} ({Reason})";
}
