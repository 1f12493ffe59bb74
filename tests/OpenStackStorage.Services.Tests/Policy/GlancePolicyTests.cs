namespace OpenStackStorage.Services.Tests;

/// <summary>Glance's defaults for its personas: <c>glance/policies/*.py</c>.</summary>
public sealed class GlancePolicyTests
{
    [Theory]
    [InlineData("get_image", "reader", "own", true)]
    [InlineData("get_image", "reader", "public", true)]
    [InlineData("get_image", "reader", "community", true)]
    [InlineData("get_image", "reader", "shared", true)]
    [InlineData("get_image", "reader", "private", false)]
    [InlineData("get_image", "other", "own", false)]
    [InlineData("get_images", "reader", "own", true)]
    [InlineData("get_images", "other", "own", false)]
    [InlineData("download_image", "reader", "own", false)]
    [InlineData("download_image", "member", "public", true)]
    [InlineData("add_image", "reader", "own", false)]
    [InlineData("add_image", "member", "own", true)]
    [InlineData("add_image", "member", "public", false)]
    [InlineData("add_image", "admin", "public", true)]
    [InlineData("modify_image", "member", "own", true)]
    [InlineData("modify_image", "member", "shared", false)]
    [InlineData("delete_image", "manager", "own", true)]
    [InlineData("delete_image", "member", "public", false)]
    [InlineData("delete_image", "admin", "private", true)]
    [InlineData("publicize_image", "manager", "own", false)]
    [InlineData("publicize_image", "admin", "own", true)]
    [InlineData("communitize_image", "member", "own", true)]
    [InlineData("add_member", "member", "own", true)]
    [InlineData("add_member", "member", "shared", false)]
    [InlineData("modify_member", "member", "own", false)]
    [InlineData("modify_member", "member", "shared", true)]
    [InlineData("modify_member", "reader", "shared", false)]
    [InlineData("get_members", "reader", "shared", true)]
    [InlineData("deactivate", "member", "own", true)]
    [InlineData("copy_image", "member", "own", false)]
    [InlineData("fetch_image_location", "service", "own", true)]
    [InlineData("fetch_image_location", "member", "own", false)]
    public void A_default_answers_for_a_role_and_an_image(string rule, string role, string image, bool allowed) =>
        Assert.Equal(allowed, PolicyRules.Glance.Decide(rule, name => Target(name, image), new("u1", "p1", [role])).Allowed);

    [Fact]
    public void All_of_Glances_rules_are_there_once_each_with_its_description()
    {
        Assert.Equal(67, GlancePolicy.Defaults.Count);
        Assert.All(GlancePolicy.Defaults, rule => Assert.EndsWith(".", rule.Description, StringComparison.Ordinal));
        Assert.Equal(GlancePolicy.Defaults.Select(rule => rule.Name).Order(StringComparer.Ordinal), PolicyRules.Glance.All.Select(rule => rule.Name));
        Assert.Empty(PolicyRules.Glance.UndefinedReferences);
    }

    [Fact]
    public void Who_is_an_admin_can_be_changed()
    {
        PolicyRules rules = PolicyRules.Glance.With("context_is_admin: 'role:boss'\nadd_image: 'is_admin:True'", "f");

        Assert.True(rules.Decide("add_image", name => Target(name, "private"), new("u1", "p1", ["boss"])).Allowed);
        Assert.True(rules.Decide("publicize_image", name => Target(name, "private"), new("u1", "p1", ["boss"])).Allowed);
        Assert.False(rules.Decide("add_image", name => Target(name, "private"), new("u1", "p1", ["admin"])).Allowed);
    }

    private static string? Target(string name, string image) => name switch
    {
        "project_id" or "owner" => image == "own" ? "p1" : "p2",
        "member_id" => image == "shared" ? "p1" : "None",
        "visibility" => image == "own" ? "private" : image,
        _ => null,
    };
}
