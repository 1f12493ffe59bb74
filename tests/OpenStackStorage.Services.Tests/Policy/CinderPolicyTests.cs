namespace OpenStackStorage.Services.Tests;

/// <summary>Cinder's defaults for its personas: <c>cinder/policies/*.py</c>.</summary>
public sealed class CinderPolicyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("volume:get", "reader", "p1", true)]
    [InlineData("volume:get", "reader", "p2", false)]
    [InlineData("volume:get", "other", "p1", false)]
    [InlineData("volume:get_all", "reader", "p1", true)]
    [InlineData("volume:create", "reader", "p1", false)]
    [InlineData("volume:create", "member", "p1", true)]
    [InlineData("volume:create_from_image", "member", "p1", true)]
    [InlineData("volume:delete", "member", "p2", false)]
    [InlineData("volume:delete", "manager", "p1", true)]
    [InlineData("volume:delete", "admin", "p2", true)]
    [InlineData("volume:force_delete", "manager", "p1", false)]
    [InlineData("volume:force_delete", "admin", "p2", true)]
    [InlineData("volume_extension:volume_admin_actions:reset_status", "member", "p1", false)]
    [InlineData("volume_extension:volume_admin_actions:migrate_volume", "member", "p1", false)]
    [InlineData("volume_extension:volume_actions:upload_image", "member", "p1", true)]
    [InlineData("volume_extension:volume_actions:upload_public", "member", "p1", false)]
    [InlineData("volume:retype", "member", "p1", true)]
    [InlineData("volume:create_snapshot", "member", "p1", true)]
    [InlineData("volume:get_snapshot", "reader", "p1", true)]
    [InlineData("volume:attachment_create", "member", "p1", true)]
    [InlineData("volume:attachment_delete", "reader", "p1", false)]
    [InlineData("volume_extension:volume_manage", "member", "p1", false)]
    [InlineData("volume_extension:type_get_all", "reader", "p1", true)]
    [InlineData("volume_extension:type_create", "member", "p1", false)]
    [InlineData("volume_extension:type_create", "admin", "p1", true)]
    [InlineData("volume_extension:qos_specs_manage:get_all", "member", "p1", false)]
    [InlineData("volume_extension:quotas:show", "reader", "p1", true)]
    [InlineData("volume_extension:quotas:show", "reader", "p2", false)]
    [InlineData("volume_extension:quotas:update", "member", "p1", false)]
    [InlineData("volume_extension:services:index", "reader", "p1", false)]
    [InlineData("scheduler_extension:scheduler_stats:get_pools", "member", "p1", false)]
    [InlineData("admin_or_owner", "other", "p1", true)]
    [InlineData("admin_or_owner", "member", "p2", false)]
    public void A_default_answers_for_a_role_and_a_project(string rule, string role, string project, bool allowed) =>
        Assert.Equal(allowed, Decide(PolicyRules.Cinder, rule, role, project));

    [Fact]
    public void Rules_are_there_once_each_with_their_descriptions_and_refer_to_one_another()
    {
        Assert.Equal(CinderPolicy.Defaults.Select(rule => rule.Name).Order(StringComparer.Ordinal), PolicyRules.Cinder.All.Select(rule => rule.Name));
        Assert.All(CinderPolicy.Defaults, rule => Assert.EndsWith(".", rule.Description, StringComparison.Ordinal));
        Assert.Empty(PolicyRules.Cinder.UndefinedReferences);
        Assert.Equal(["context_is_admin"], CinderPolicy.Defaults.Select(rule => rule.Name).Intersect(GlancePolicy.Defaults.Select(rule => rule.Name)));
    }

    // Cinder has no rule "default"; Glance's allows everything.
    [Fact]
    public void A_rule_that_does_not_exist_is_refused()
    {
        Assert.False(Decide(PolicyRules.Cinder, "volume:nothing", "member", "p1"));
        Assert.False(Decide(PolicyRules.Cinder.With("volume:get: 'rule:nothing'", "f"), "volume:get", "member", "p1"));
    }

    [Fact]
    public void One_file_of_a_store_has_the_rules_of_both_services()
    {
        EmbeddedStore.Open(_folder["store"]).Dispose();
        File.WriteAllText(Path.Combine(_folder["store"], "policy.yaml"), "delete_image: '!'\nvolume:delete: 'role:boss'\ncontext_is_admin: 'role:boss'");
        using EmbeddedStore store = EmbeddedStore.Open(_folder["store"]);

        Assert.False(Decide(store.Policy, "delete_image", "admin", "p1"));
        Assert.False(Decide(store.CinderPolicy, "volume:delete", "member", "p1"));
        Assert.True(Decide(store.CinderPolicy, "volume:delete", "boss", "p2"));
        Assert.True(Decide(store.CinderPolicy, "volume:force_delete", "boss", "p2"));
    }

    private static bool Decide(PolicyRules rules, string rule, string role, string project) =>
        rules.Decide(rule, VolumePolicyTarget.Of(project, "u2"), new("u1", "p1", [role])).Allowed;
}
