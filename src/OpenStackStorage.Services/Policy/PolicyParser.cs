using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// Reads rules: oslo.policy, <c>oslo_policy/_parser.py</c>. The same texts mean the same. What oslo.policy logs and then
/// refuses for ever (a text that is no rule) is an error here, and so are checks that ask a web server.
/// </summary>
internal sealed class PolicyParser
{
    private const int MaxDepth = 64;

    private readonly List<string> _tokens;
    private int _next;
    private int _depth;

    private PolicyParser(string rule) => _tokens = Tokenize(rule);

    /// <summary>Reads a rule in words: <c>role:admin or (role:member and project_id:%(project_id)s)</c>. An empty one allows.</summary>
    /// <exception cref="FormatException">It is no rule; the message says where.</exception>
    public static PolicyCheck Parse(string rule)
    {
        if (rule.Length == 0)
            return new ConstantCheck(true);
        PolicyParser parser = new(rule);
        PolicyCheck check = parser.ParseJoin(isAnd: false);
        return parser._next == parser._tokens.Count
            ? check
            : throw new FormatException($"'and' or 'or' was expected before '{parser._tokens[parser._next]}'");
    }

    /// <summary>Reads the old form: the outer list's members are alternatives, those of an inner list must all hold.</summary>
    public static PolicyCheck Parse(IReadOnlyList<IReadOnlyList<string>> lists)
    {
        if (lists.Count == 0)
            return new ConstantCheck(true);
        List<PolicyCheck> alternatives =
            [.. lists.Where(list => list.Count > 0).Select(list => Join(isAnd: true, [.. list.Select(ParseCheck)]))];
        return alternatives.Count == 0 ? new ConstantCheck(false) : Join(isAnd: false, alternatives);
    }

    private static PolicyCheck Join(bool isAnd, List<PolicyCheck> checks) =>
        checks.Count == 1 ? checks[0] : new JoinCheck(isAnd, checks);

    // Parentheses are tokens only at the ends of a word: those inside belong to %(name)s.
    private static List<string> Tokenize(string rule)
    {
        List<string> tokens = [];
        foreach (string word in rule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string opened = word.TrimStart('(');
            string clean = opened.TrimEnd(')');
            tokens.AddRange(Enumerable.Repeat("(", word.Length - opened.Length));
            if (clean.Length > 0)
                tokens.Add(clean);
            tokens.AddRange(Enumerable.Repeat(")", opened.Length - clean.Length));
        }

        return tokens;
    }

    private PolicyCheck ParseJoin(bool isAnd)
    {
        List<PolicyCheck> checks = [];
        do
            checks.Add(isAnd ? ParseTerm() : ParseJoin(isAnd: true));
        while (Accept(isAnd ? "and" : "or"));
        return Join(isAnd, checks);
    }

    private PolicyCheck ParseTerm()
    {
        if (++_depth > MaxDepth)
            throw new FormatException($"it is nested more than {MaxDepth} deep");
        PolicyCheck term = Accept("not") ? new NotCheck(ParseTerm()) : Accept("(") ? ParseGroup() : ParseSingle();
        _depth--;
        return term;
    }

    private PolicyCheck ParseGroup()
    {
        PolicyCheck inner = ParseJoin(isAnd: false);
        return Accept(")") ? inner : throw new FormatException("a ')' is missing");
    }

    private PolicyCheck ParseSingle()
    {
        if (_next == _tokens.Count)
            throw new FormatException("a check is missing at the end");
        string token = _tokens[_next++];
        if (token == ")" || IsWord(token, "and") || IsWord(token, "or"))
            throw new FormatException($"a check was expected before '{token}'");
        return ParseCheck(token);
    }

    private bool Accept(string token)
    {
        bool there = _next < _tokens.Count && IsWord(_tokens[_next], token);
        if (there)
            _next++;
        return there;
    }

    private static bool IsWord(string token, string word) => token.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static PolicyCheck ParseCheck(string check)
    {
        if (check is "@" or "!")
            return new ConstantCheck(check == "@");
        int colon = check.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            throw new FormatException($"'{check}' is no check: a kind and a colon are missing, as in role:{check}");
        string kind = check[..colon], match = check[(colon + 1)..];
        if (kind is "http" or "https")
            throw new FormatException($"'{check}' asks a web server, which is not supported");
        if (kind == "rule")
            return new RuleCheck(match);
        if (!PolicyTemplate.TryParse(match, out PolicyTemplate? template))
            throw new FormatException($"'{match}' has a '%' that begins neither %(name)s nor %%");
        if (kind == "role")
            return new RoleCheck(template);
        if (TryParseLiteral(kind, out string? literal))
            return new CompareCheck(kind, literal, template);
        return kind.Contains('\'') || kind.Contains('"')
            ? throw new FormatException($"'{kind}' has a quote without its other end, or a colon inside quotes")
            : new CompareCheck(kind, null, template);
    }

    // Python's literals, as far as anybody writes them: a string without escapes, True, False, None, a whole number.
    private static bool TryParseLiteral(string kind, [NotNullWhen(true)] out string? literal)
    {
        literal = null;
        if (kind is "True" or "False" or "None")
            literal = kind;
        else if (long.TryParse(kind, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            literal = number.ToString(CultureInfo.InvariantCulture);
        else if (kind.Length >= 2 && kind[0] is '\'' or '"' && kind[^1] == kind[0] && !kind[1..^1].Contains(kind[0]) && !kind.Contains('\\'))
            literal = kind[1..^1];
        return literal is not null;
    }
}
