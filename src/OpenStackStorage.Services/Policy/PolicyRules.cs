namespace OpenStackStorage.Services;

/// <summary>A rule that a service knows without any file.</summary>
/// <param name="Check">In the language of policies.</param>
public sealed record PolicyRuleDefault(string Name, string Check, string Description);

/// <summary>
/// The rules in force: a service's defaults, with those of a policy file in their places. Immutable; any thread may ask.
/// oslo.policy, <c>oslo_policy/policy.py</c>, <c>Enforcer</c> with its default options.
/// </summary>
public sealed class PolicyRules
{
    // oslo_policy/opts.py: policy_default_rule.
    private const string DefaultRule = "default";

    private const int MaxDepth = 32;

    private readonly Dictionary<string, PolicyCheck> _checks;

    private PolicyRules(Dictionary<string, PolicyCheck> checks, IReadOnlySet<string> overridden)
    {
        _checks = checks;
        Overridden = overridden;
    }

    /// <summary>Glance's rules as they are without a policy file.</summary>
    public static PolicyRules Glance { get; } = FromDefaults(GlancePolicy.Defaults);

    /// <summary>Cinder's rules as they are without a policy file.</summary>
    public static PolicyRules Cinder { get; } = FromDefaults(CinderPolicy.Defaults);

    /// <summary>The rules that a file gave.</summary>
    public IReadOnlySet<string> Overridden { get; }

    /// <summary>All rules in the order of their names, with their checks as text.</summary>
    public IEnumerable<(string Name, string Check)> All =>
        _checks.OrderBy(rule => rule.Key, StringComparer.Ordinal).Select(rule => (rule.Key, rule.Value.ToString()));

    /// <summary>
    /// Rules that refer to a rule that does not exist, and to which. oslo.policy warns of them; they go by the rule
    /// <c>default</c>, which allows everything in Glance, or are refused where there is none.
    /// </summary>
    public IEnumerable<(string Rule, string Missing)> UndefinedReferences =>
        from rule in _checks
        from reference in rule.Value.References.Distinct()
        where !_checks.ContainsKey(reference)
        orderby rule.Key, reference
        select (rule.Key, reference);

    public static PolicyRules FromDefaults(IReadOnlyList<PolicyRuleDefault> defaults) =>
        new(defaults.ToDictionary(rule => rule.Name, rule => PolicyParser.Parse(rule.Check)), new HashSet<string>());

    /// <summary>These rules with those of a policy file (YAML, or JSON, which is YAML) in their places.</summary>
    /// <param name="source">Where the text comes from; messages name it.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.PolicyInvalid"/>.</exception>
    public PolicyRules With(string text, string source)
    {
        Dictionary<string, PolicyCheck> checks = new(_checks);
        HashSet<string> overridden = [.. Overridden];
        foreach ((string name, PolicyCheck check) in PolicyFile.Parse(text, source))
        {
            checks[name] = check;
            overridden.Add(name);
        }

        PolicyRules rules = new(checks, overridden);
        HashSet<string> sound = [];
        foreach (string name in checks.Keys)
            rules.RefuseCycle(name, [], sound, source);
        return rules;
    }

    public bool Contains(string rule) => _checks.ContainsKey(rule);

    /// <summary>Asks a rule. One that does not exist is answered by the rule <c>default</c>; without that, refused.</summary>
    /// <param name="target">The value of an attribute of what is acted on; null where it has none of that name.</param>
    public PolicyDecision Decide(string rule, Func<string, string?> target, Identity identity)
    {
        PolicySubject subject = new(identity, isAdmin: false);
        if (Ask("context_is_admin", target, subject).Allowed)
            subject = new(identity, isAdmin: true);
        return Ask(rule, target, subject);
    }

    /// <summary>Refuses what a rule refuses.</summary>
    /// <param name="target">As in <see cref="Decide"/>.</param>
    /// <param name="subject">What is acted on, as the user would name it.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.NotAuthorized"/>, naming the checks that decided.</exception>
    public void Require(string rule, Func<string, string?> target, Identity identity, string subject)
    {
        PolicyDecision decision = Decide(rule, target, identity);
        if (decision.Allowed)
            return;
        string deciding = string.Join("; ", decision.Deciding.Select(part => $"{part.Check}: {part.Reason}"));
        throw new ServiceException(ErrorIds.NotAuthorized, $"The policy's rule '{rule}' refuses this to user '{identity.User}' of project '{identity.Project}': {deciding}.")
        {
            Target = subject,
            Found = $"roles {string.Join(", ", identity.Roles)}",
            Expected = decision.Parts.Count > 0 ? decision.Parts[0].Check : decision.Check,
        };
    }

    /// <summary>Whether the policy takes somebody for an admin: no database hides another project's things from those.</summary>
    public bool IsAdmin(Identity identity) => Decide("context_is_admin", _ => null, identity).Allowed;

    private PolicyDecision Ask(string rule, Func<string, string?> target, PolicySubject subject) =>
        new RuleCheck(rule).Evaluate(new(Find, target, subject));

    private PolicyCheck? Find(string rule) => _checks.GetValueOrDefault(rule) ?? _checks.GetValueOrDefault(DefaultRule);

    // oslo.policy only warns of a cycle, and then fails at every question that meets it. Rules nested without end would
    // also end this process.
    private void RefuseCycle(string rule, List<string> path, HashSet<string> sound, string source)
    {
        if (sound.Contains(rule))
            return;
        bool isCycle = path.Contains(rule);
        path.Add(rule);
        if (isCycle || path.Count > MaxDepth)
        {
            string found = string.Join(" -> ", path);
            throw new ServiceException(ErrorIds.PolicyInvalid,
                $"'{source}': rules refer to each other {(isCycle ? "in a circle" : $"more than {MaxDepth} deep")}: {found}.")
            {
                Target = source,
                Found = found,
                Expected = "rules that end in checks",
            };
        }

        foreach (string reference in Find(rule)?.References.Distinct() ?? [])
            RefuseCycle(reference, path, sound, source);
        path.RemoveAt(path.Count - 1);
        sound.Add(rule);
    }
}
