using System.Text.Json;

namespace OpenStackStorage.Services.Tests;

public sealed class PolicyLanguageTests
{
    private static readonly Identity Member = new("u1", "p1", ["Member"]);

    [Theory]
    [InlineData("", true)]
    [InlineData("@", true)]
    [InlineData("!", false)]
    [InlineData("role:member", true)]
    [InlineData("role:MEMBER", true)]
    [InlineData("role:admin", false)]
    [InlineData("role:reader", true)] // member implies reader
    [InlineData("role:manager", false)]
    [InlineData("role:%(wanted)s", true)]
    [InlineData("role:%(absent)s", false)]
    [InlineData("project_id:%(owner)s", true)]
    [InlineData("project_id:%(other)s", false)]
    [InlineData("project_id:%(absent)s", false)]
    [InlineData("project_id:p1", true)]
    [InlineData("tenant:%(owner)s", true)]
    [InlineData("user_id:%(user_id)s", true)]
    [InlineData("absent:p1", false)]
    [InlineData("roles:Member", true)]
    [InlineData("roles:member", false)] // only role: ignores case
    [InlineData("is_admin:True", false)]
    [InlineData("is_admin:False", true)]
    [InlineData("'public':%(visibility)s", true)]
    [InlineData("\"public\":%(visibility)s", true)]
    [InlineData("'shared':%(visibility)s", false)]
    [InlineData("True:%(yes)s", true)]
    [InlineData("7:%(seven)s", true)]
    [InlineData("not role:admin", true)]
    [InlineData("not not role:admin", false)]
    [InlineData("NOT role:admin AND role:member", true)]
    [InlineData("role:admin or role:member", true)]
    [InlineData("role:member or ! and !", true)] // and binds closer
    [InlineData("(role:member or !) and !", false)]
    [InlineData("! and ! or @", true)]
    [InlineData("not (role:member and project_id:%(other)s)", true)]
    [InlineData("((project_id:%(owner)s))", true)]
    [InlineData("rule:open", true)]
    [InlineData("rule:closed", false)]
    [InlineData("user_id:%(user_id)s%%", false)]
    public void A_rule_answers_as_oslo_policy_does(string rule, bool allowed)
    {
        PolicyRules rules = PolicyRules.FromDefaults([new("asked", rule, ""), new("open", "@", ""), new("closed", "!", "")]);

        Assert.Equal(allowed, rules.Decide("asked", Target, Member).Allowed);
    }

    [Theory]
    [InlineData("role", "a kind and a colon are missing")]
    [InlineData("role:a role:b", "'and' or 'or' was expected before 'role:b'")]
    [InlineData("role:a and", "a check is missing at the end")]
    [InlineData("and role:a", "a check was expected before 'and'")]
    [InlineData("role:a or or role:b", "a check was expected before 'or'")]
    [InlineData("(role:a", "a ')' is missing")]
    [InlineData("role:a)", "'and' or 'or' was expected before ')'")]
    [InlineData("()", "a check was expected before ')'")]
    [InlineData("not", "a check is missing at the end")]
    [InlineData("http://server/check", "asks a web server")]
    [InlineData("role:a or https://server/%(id)s", "asks a web server")]
    [InlineData("role:50%", "begins neither %(name)s nor %%")]
    [InlineData("size:%(size)d", "begins neither %(name)s nor %%")]
    [InlineData("'a:b':%(x)s", "a quote without its other end")]
    public void What_is_no_rule_is_refused_with_its_place(string rule, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => PolicyParser.Parse(rule)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rule_nested_without_end_is_refused()
    {
        Assert.Contains("nested", Assert.Throws<FormatException>(() => PolicyParser.Parse(new string('(', 100_000) + "@")).Message, StringComparison.Ordinal);
        Assert.Contains("nested",
            Assert.Throws<FormatException>(() => PolicyParser.Parse(string.Concat(Enumerable.Repeat("not ", 1000)) + "@")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Random_rules_are_answered_as_by_oslo_policy()
    {
        int broken = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "oslo-policy", "random-rules.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement sample = document.RootElement;
            if (sample.GetProperty("broken").GetBoolean())
            {
                Assert.Throws<FormatException>(() => ParseSample(sample.GetProperty("rule")));
                broken++;
                continue;
            }

            Dictionary<string, string> target = sample.GetProperty("target").EnumerateObject().ToDictionary(a => a.Name, a => a.Value.GetString()!);
            Identity identity = new(sample.GetProperty("user").GetString()!, sample.GetProperty("project").GetString()!,
                [.. sample.GetProperty("roles").EnumerateArray().Select(role => role.GetString()!)]);
            PolicyCheck? fallback = sample.GetProperty("default").GetString() is { } text ? PolicyParser.Parse(text) : null;
            Dictionary<string, PolicyCheck> named = new()
            {
                ["yes"] = PolicyParser.Parse("@"),
                ["no"] = PolicyParser.Parse("!"),
                ["owner"] = PolicyParser.Parse("project_id:%(owner)s"),
            };
            PolicyContext context = new(name => named.GetValueOrDefault(name) ?? fallback, target.GetValueOrDefault,
                new PolicySubject(identity, sample.GetProperty("isAdmin").GetBoolean()));
            PolicyDecision decision = ParseSample(sample.GetProperty("rule")).Evaluate(context);

            Assert.True(sample.GetProperty("allowed").GetBoolean() == decision.Allowed, $"{line}\n{string.Join('\n', decision.Explain())}");
        }

        Assert.InRange(broken, 20, 200);
    }

    [Fact]
    public void An_explanation_holds_what_was_evaluated_and_names_what_decided()
    {
        PolicyRules rules = PolicyRules.FromDefaults(
            [new("asked", "rule:admin_only or (role:member and project_id:%(other)s and !)", ""), new("admin_only", "role:admin", "")]);

        PolicyDecision decision = rules.Decide("asked", Target, Member);

        Assert.Equal(
            [
                "refused: rule:asked (the rule 'asked' says so)",
                "  refused: (rule:admin_only or (role:member and project_id:%(other)s and !)) (none is allowed)",
                "    refused: rule:admin_only (the rule 'admin_only' says so)",
                "      refused: role:admin (the roles are Member, reader)",
                "    refused: (role:member and project_id:%(other)s and !) (one is refused)",
                "      allowed: role:member (the roles are Member, reader)",
                "      refused: project_id:%(other)s ('p1' is not 'p2')",
            ],
            decision.Explain());
        Assert.Equal(["role:admin", "project_id:%(other)s"], decision.Deciding.Select(part => part.Check));
    }

    [Fact]
    public void An_unknown_rule_goes_by_the_default_rule_or_is_refused()
    {
        PolicyRules with = PolicyRules.FromDefaults([new("default", "role:member", "")]);
        PolicyRules without = PolicyRules.FromDefaults([new("other", "@", "")]);

        Assert.True(with.Decide("nothing", Target, Member).Allowed);
        Assert.False(without.Decide("nothing", Target, Member).Allowed);
        Assert.Contains("no rule 'nothing'", without.Decide("nothing", Target, Member).Reason, StringComparison.Ordinal);
    }

    private static PolicyCheck ParseSample(JsonElement rule) => rule.ValueKind == JsonValueKind.String
        ? PolicyParser.Parse(rule.GetString()!)
        : PolicyParser.Parse([.. rule.EnumerateArray().Select(inner => (IReadOnlyList<string>)(inner.ValueKind == JsonValueKind.String
            ? [inner.GetString()!]
            : [.. inner.EnumerateArray().Select(check => check.GetString()!)]))]);

    private static string? Target(string name) => name switch
    {
        "owner" => "p1",
        "other" => "p2",
        "user_id" => "u1",
        "wanted" => "member",
        "visibility" => "public",
        "yes" => "True",
        "seven" => "7",
        _ => null,
    };
}
