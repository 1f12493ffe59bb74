namespace OpenStackStorage.Services;

/// <summary>
/// What a check said, and why. The parts stand in the order of their evaluation; what was not evaluated any more, because
/// the answer was known, is missing.
/// </summary>
/// <param name="Check">The check in the language of policies.</param>
/// <param name="Reason">The values that were compared, or how the parts make up the answer.</param>
public sealed record PolicyDecision(bool Allowed, string Check, string Reason, IReadOnlyList<PolicyDecision> Parts)
{
    /// <summary>The single comparisons that made the answer what it is: the first that failed, or those that were enough.</summary>
    public IEnumerable<PolicyDecision> Deciding => Parts.Count == 0 ? [this] : DecidingParts().SelectMany(part => part.Deciding);

    /// <summary>The tree as indented lines, for people.</summary>
    public IEnumerable<string> Explain() => Explain(depth: 0);

    private IEnumerable<string> Explain(int depth) =>
        Parts.SelectMany(part => part.Explain(depth + 1))
            .Prepend($"{new string(' ', 2 * depth)}{(Allowed ? "allowed" : "refused")}: {Check} ({Reason})");

    // Evaluation ends with the part that settles it: the one that differs from those before it.
    private IEnumerable<PolicyDecision> DecidingParts() =>
        Parts.All(part => part.Allowed == Parts[0].Allowed) ? Parts : [Parts[^1]];
}
