using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public sealed class GlancePolicyTests : IDisposable
{
    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("publicize_image", "admin", true)]
    [InlineData("publicize_image", "member", false)]
    [InlineData("add_image", "Member", true)]
    [InlineData("add_image", "reader", false)]
    public void An_answer_is_that_of_the_policy(string action, string role, bool allowed)
    {
        MemoryHost host = new();
        CheckGlancePolicyOperation.Test(new(_lab.Admin) { Actions = [action], Roles = [role] }, host);
        Assert.Equal([allowed], host.Objects);
        Assert.Contains(action, Assert.Single(host.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_roles_the_connection_itself_is_asked_for()
    {
        MemoryHost host = new();
        CheckGlancePolicyOperation.List(new(_lab.As("web", "reader")) { Actions = ["modify_image"] }, host);
        GlancePolicyCheck check = Assert.IsType<GlancePolicyCheck>(Assert.Single(host.Objects));
        Assert.Equal((false, "sam", "web"), (check.Allowed, check.User, check.Project));
        Assert.Equal("role:admin: the roles are reader; role:member: the roles are reader", check.Reason);
        Assert.Equal(["rule:context_is_admin", "(role:member and project_id:%(project_id)s)"], check.Parts.Select(part => part.Check));
        Assert.Equal(["role:member"], check.Parts[1].Parts.Select(part => part.Check));
        Assert.Equal("refused: role:member (the roles are reader)", check.Explain().Last().Trim());
    }

    [Fact]
    public void An_image_is_asked_about_as_the_project_sees_it()
    {
        GlanceImage image = StoreLab.NewImage(_lab.As("web", "member"), "win");
        foreach ((string project, bool allowed) in new[] { ("web", true), ("db", false) })
        {
            MemoryHost host = new();
            CheckGlancePolicyOperation.Test(new(_lab.Admin) { Actions = ["delete_image"], Roles = ["member"], Project = project, Image = image }, host);
            Assert.Equal([allowed], host.Objects);
        }
    }

    [Fact]
    public void A_wildcard_stands_for_all_rules_that_it_matches()
    {
        MemoryHost host = new();
        CheckGlancePolicyOperation.List(new(_lab.Admin) { Actions = ["*_member"] }, host);
        Assert.Equal(["add_member", "delete_member", "get_member", "modify_member"], host.Objects.Cast<GlancePolicyCheck>().Select(check => check.Action));
    }

    [Fact]
    public void A_rule_that_does_not_exist_is_no_answer_and_the_next_is_asked()
    {
        MemoryHost host = new();
        CheckGlancePolicyOperation.Test(new(_lab.Admin) { Actions = ["delet_image", "delete_image"] }, host);
        Assert.Equal(("delet_image", ErrorIds.ParameterInvalid), (Assert.Single(host.Errors).Target, host.Errors[0].Id));
        Assert.Equal([true], host.Objects);
    }

    [Fact]
    public void Rules_and_roles_are_completed()
    {
        Assert.Equal(["delete_image", "delete_image_location"], GlancePolicyCompleter.Words("Action", "'delete_i").Select(word => word.Word));
        Assert.Equal(["manager", "member"], GlancePolicyCompleter.Words("As", "M").Select(word => word.Word));
        Assert.Equal(GlancePolicy.Defaults.Count, GlancePolicyCompleter.Words("Action", "").Count());
    }
}
