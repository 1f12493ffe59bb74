namespace OpenStackStorage.Services;

/// <summary>What one evaluation looks at.</summary>
/// <param name="Rules">Finds a rule's check by name; null where there is neither the rule nor a default rule.</param>
/// <param name="Target">The value of an attribute of what is acted on; null where it has no such attribute.</param>
internal sealed record PolicyContext(Func<string, PolicyCheck?> Rules, Func<string, string?> Target, PolicySubject Subject);

/// <summary>One check of the policy language: oslo.policy, <c>oslo_policy/_checks.py</c>. <c>ToString</c> writes it back.</summary>
internal abstract record PolicyCheck
{
    public abstract PolicyDecision Evaluate(PolicyContext context);

    /// <summary>The names of the rules that it refers to.</summary>
    public virtual IEnumerable<string> References => [];

    protected PolicyDecision Decide(bool allowed, string reason, params IReadOnlyList<PolicyDecision> parts) =>
        new(allowed, ToString(), reason, parts);
}

/// <summary><c>@</c>, <c>!</c> and the empty rule.</summary>
internal sealed record ConstantCheck(bool Allows) : PolicyCheck
{
    public override PolicyDecision Evaluate(PolicyContext context) => Decide(Allows, Allows ? "always allowed" : "always refused");

    public override string ToString() => Allows ? "@" : "!";
}

internal sealed record NotCheck(PolicyCheck Inner) : PolicyCheck
{
    public override IEnumerable<string> References => Inner.References;

    public override PolicyDecision Evaluate(PolicyContext context)
    {
        PolicyDecision inner = Inner.Evaluate(context);
        return Decide(!inner.Allowed, inner.Allowed ? "what must not hold holds" : "what must not hold does not", inner);
    }

    public override string ToString() => $"not {Inner}";
}

/// <summary><c>and</c> and <c>or</c>. Evaluation ends as soon as the answer is known.</summary>
internal sealed record JoinCheck(bool IsAnd, IReadOnlyList<PolicyCheck> Checks) : PolicyCheck
{
    public override IEnumerable<string> References => Checks.SelectMany(check => check.References);

    public override PolicyDecision Evaluate(PolicyContext context)
    {
        List<PolicyDecision> parts = [];
        foreach (PolicyCheck check in Checks)
        {
            parts.Add(check.Evaluate(context));
            if (parts[^1].Allowed != IsAnd)
                return Decide(!IsAnd, IsAnd ? "one is refused" : "one is enough", parts);
        }

        return Decide(IsAnd, IsAnd ? "all are allowed" : "none is allowed", parts);
    }

    public override string ToString() => $"({string.Join(IsAnd ? " and " : " or ", Checks)})";
}

internal sealed record RuleCheck(string Name) : PolicyCheck
{
    public override IEnumerable<string> References => [Name];

    /// <summary>A name without a rule is refused, unless there is a default rule.</summary>
    public override PolicyDecision Evaluate(PolicyContext context)
    {
        if (context.Rules(Name) is not { } check)
            return Decide(false, $"there is no rule '{Name}' and no default rule");
        PolicyDecision inner = check.Evaluate(context);
        return Decide(inner.Allowed, $"the rule '{Name}' says so", inner);
    }

    public override string ToString() => $"rule:{Name}";
}

/// <summary><c>role:member</c>: compared without regard to case.</summary>
internal sealed record RoleCheck(PolicyTemplate Role) : PolicyCheck
{
    public override PolicyDecision Evaluate(PolicyContext context)
    {
        if (!Role.TryFill(context.Target, out string role))
            return Decide(false, $"the target has no attribute '{role}'");
        bool has = context.Subject.Roles.Contains(role, StringComparer.OrdinalIgnoreCase);
        return Decide(has, $"the roles are {ListOf(context.Subject.Roles)}");
    }

    public override string ToString() => $"role:{Role}";

    private static string ListOf(IReadOnlyList<string> roles) => roles.Count == 0 ? "none" : string.Join(", ", roles);
}

/// <summary><c>project_id:%(owner)s</c> and <c>'public':%(visibility)s</c>: a value of the subject, or a literal, with one of the target.</summary>
/// <param name="Kind">What stands before the colon.</param>
/// <param name="Literal">The literal's value; null where <paramref name="Kind"/> names an attribute of the subject.</param>
internal sealed record CompareCheck(string Kind, string? Literal, PolicyTemplate Match) : PolicyCheck
{
    public override PolicyDecision Evaluate(PolicyContext context)
    {
        if (!Match.TryFill(context.Target, out string match))
            return Decide(false, $"the target has no attribute '{match}'");
        IReadOnlyList<string> values = Literal is null ? context.Subject.Find(Kind) : [Literal];
        if (values.Count == 0)
            return Decide(false, $"the subject has no attribute '{Kind}'");
        bool equal = values.Contains(match, StringComparer.Ordinal);
        return Decide(equal, $"'{string.Join("', '", values)}' {(equal ? "is" : "is not")} '{match}'");
    }

    public override string ToString() => $"{Kind}:{Match}";
}
