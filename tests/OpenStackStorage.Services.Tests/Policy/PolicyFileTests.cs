namespace OpenStackStorage.Services.Tests;

public sealed class PolicyFileTests
{
    private static readonly Identity Reader = new("u1", "p1", ["reader"]);

    [Theory]
    [InlineData("\"get_images\": \"role:auditor\"")]
    [InlineData("# comment\nget_images: 'role:auditor'\n")]
    [InlineData("get_images: role:auditor")]
    [InlineData("{\"get_images\": \"role:auditor\"}")]
    [InlineData("{\"get_images\": [[\"role:auditor\"]]}")]
    [InlineData("{\"get_images\": [\"role:auditor\"]}")]
    [InlineData("{\"get_images\": [[\"role:auditor\", \"@\"], []]}")]
    [InlineData("get_images:\n- - role:auditor\n- - role:admin\n")]
    [InlineData("get_images: >-\n  role:auditor or\n  role:admin\n")]
    [InlineData("get_images: \"!\"")]
    [InlineData("get_images: [[]]")]
    public void A_file_takes_the_place_of_the_default_rule(string text)
    {
        PolicyRules rules = PolicyRules.Glance.With(text, "policy.yaml");

        Assert.False(rules.Decide("get_images", Own, Reader).Allowed);
        Assert.True(rules.Decide("get_image", Own, Reader).Allowed);
        Assert.Equal(["get_images"], rules.Overridden);
    }

    [Theory]
    [InlineData("publicize_image: ''")]
    [InlineData("publicize_image: \"\"")]
    [InlineData("publicize_image:")]
    [InlineData("publicize_image: null")]
    [InlineData("publicize_image: []")]
    [InlineData("publicize_image: '@'")]
    public void An_empty_rule_allows(string text) =>
        Assert.True(PolicyRules.Glance.With(text, "policy.yaml").Decide("publicize_image", Own, Reader).Allowed);

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    [InlineData("---\n")]
    public void A_file_without_rules_changes_nothing(string text) => Assert.Empty(PolicyRules.Glance.With(text, "policy.yaml").Overridden);

    [Theory]
    [InlineData("a: 'role:x'\nb: 'role:y'\na: 'role:z'", "line 3")]
    [InlineData("a: 'role:x'\nb: 'role:'x'", "line 2")]
    [InlineData("a: 'role:x'\nb: @", "line 2")]
    [InlineData("a: 'role:x'\nb: !", "line 2")]
    [InlineData("a: 'role:x'\nb: role", "line 2, column 4: found the rule 'b' can't be read: 'role' is no check")]
    [InlineData("a: 'role:x'\nb: true", "line 2")]
    [InlineData("a: {b: 'role:x'}", "line 1")]
    [InlineData("a: [[['role:x']]]", "nested")]
    [InlineData("- 'role:x'", "no mapping")]
    [InlineData("'role:x'", "no mapping")]
    [InlineData("[a]: 'role:x'", "a name that is no text")]
    [InlineData("a: 'role:x'\n---\nb: 'role:x'", "a second document")]
    [InlineData("a: 'http://server'", "asks a web server")]
    [InlineData("{\"a\": \"role:x\",", "line")]
    public void A_file_that_is_none_is_refused_with_its_line(string text, string message)
    {
        ServiceException e = Assert.Throws<ServiceException>(() => PolicyRules.Glance.With(text, "the file"));

        Assert.Equal(ErrorIds.PolicyInvalid, e.Id);
        Assert.Contains("'the file'", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_nested_without_end_or_too_long_is_refused()
    {
        Assert.Throws<ServiceException>(() => PolicyRules.Glance.With("a: " + new string('[', 500_000), "f"));
        Assert.Throws<ServiceException>(() => PolicyRules.Glance.With("# " + new string('x', 1 << 20), "f"));
    }

    [Theory]
    [InlineData("a: 'rule:a'", "a -> a")]
    [InlineData("a: 'rule:b'\nb: 'role:x or not rule:c'\nc: 'rule:a and @'", "a -> b -> c -> a")]
    [InlineData("default: 'rule:unknown'", "default -> unknown")]
    public void Rules_in_a_circle_are_refused(string text, string path) =>
        Assert.Contains(path, Assert.Throws<ServiceException>(() => PolicyRules.Glance.With(text, "f")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rule_may_be_referred_to_often() =>
        Assert.True(PolicyRules.Glance.With("a: 'rule:b and rule:b and rule:c'\nb: 'rule:c or rule:c'\nc: '@'", "f").Decide("a", Own, Reader).Allowed);

    [Fact]
    public void References_to_rules_that_do_not_exist_are_listed() =>
        Assert.Equal([("a", "gone")], PolicyRules.Glance.With("a: 'role:x or rule:gone'", "f").UndefinedReferences);

    private static string? Own(string name) => name switch
    {
        "project_id" or "owner" => "p1",
        "visibility" => "private",
        _ => null,
    };
}
