using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderQuotaTests : CinderTest
{
    [Fact]
    public void What_is_in_use_and_left_is_counted()
    {
        Blank("web", 3);
        Assert.Equal(
            ["volumes 10 1 9", "snapshots 10 0 10", "gigabytes 1000 3 997", "per_volume_gigabytes -1 0 "],
            Admin.Backends.GetUsage("default").Select(usage => new CinderQuota(usage)).Select(quota => $"{quota.Resource} {quota.Limit} {quota.InUse} {quota.Left}"));
        Assert.Equal(-2, Assert.IsType<CinderQuota>(Assert.Single(Set(new(Admin, "gigabytes", 1) { PassThru = true }).Objects)).Left);
    }

    [Theory]
    [InlineData("volumes", 5L, "Set to 5", 5L)]
    [InlineData("gigabytes", 5L, "Set to 5 GiB", 5L)]
    [InlineData("gigabytes", 500L << 30, "Set to 500 GiB", 500L)]
    [InlineData("per_volume_gigabytes", 1L << 30, "Set to 1 GiB", 1L)]
    [InlineData("gigabytes_fast", 2L << 40, "Set to 2048 GiB", 2048L)]
    [InlineData("volumes", -1L, "Set to no limit", -1L)]
    [InlineData("snapshots", null, "Take the setting back", 10L)]
    public void A_limit_is_set_after_a_question(string resource, long? limit, string action, long expected)
    {
        Admin.VolumeTypes.CreateType(new VolumeTypeSpec { Name = "fast" });
        Set(new(Admin, "snapshots", 3));
        MemoryHost dry = Set(new(Admin, resource, limit), answer: false);
        Assert.Equal(($"{resource} of project 'default'", action), Assert.Single(dry.Questions));
        Set(new(Admin, resource, limit));
        Assert.Equal(expected, Admin.Backends.GetUsage("default").Single(usage => usage.Resource == resource).Limit);
    }

    [Fact]
    public void A_setting_for_all_holds_where_a_project_has_none()
    {
        MemoryHost host = Set(new(Admin, "volumes", 3) { Default = true });
        Assert.Equal(("volumes of all projects that have none of their own", "Set to 3"), Assert.Single(host.Questions));
        Set(new(Admin, "volumes", 7) { Project = "web" });
        Assert.Equal([3, 7], new[] { "default", "web" }.Select(project => Admin.Backends.GetUsage(project)[0].Limit));
    }

    [Theory]
    [InlineData("volume", 5L, nameof(ErrorIds.ParameterInvalid))]
    [InlineData("volumes", 500L << 30, nameof(ErrorIds.ParameterInvalid))]
    [InlineData("gigabytes", (1L << 30) + 1, nameof(ErrorIds.VolumeSizeInvalid))]
    public void What_can_not_be_is_refused_before_the_question(string resource, long limit, string id)
    {
        MemoryHost host = Host(answer: false);
        Assert.Equal(id, Assert.ThrowsAny<StorageException>(() => SetCinderQuotaOperation.Run(new(Admin, resource, limit), host)).Id.Name);
        Assert.Empty(host.Questions);
    }

    [Fact]
    public void Who_is_no_admin_is_refused_before_the_question()
    {
        OpenStackStorageConnection web = Connect("web", "member");
        Refused(ErrorIds.NotAuthorized, () => Set(new(web, "volumes", 3), answer: false));
        Refused(ErrorIds.NotAuthorized, () => Repair(web, "web", answer: false));
        Refused(ErrorIds.ParameterInvalid, () => Set(new(Admin, "volumes", 3) { Default = true, Project = "web" }, answer: false));
    }

    [Fact]
    public void A_repair_with_nothing_to_mend_says_so()
    {
        MemoryHost dry = Repair(Admin, "web", answer: false);
        Assert.Equal("project 'web'", Assert.Single(dry.Questions).Target);
        Assert.Empty(dry.Verbose);
        MemoryHost host = Repair(Admin, "web");
        Assert.Empty(host.Objects);
        Assert.Equal("The quotas of project 'web' are in order.", Assert.Single(host.Verbose));
    }

    private MemoryHost Set(SetCinderQuotaRequest request, bool answer = true)
    {
        MemoryHost host = Host(answer);
        SetCinderQuotaOperation.Run(request, host);
        return host;
    }

    private MemoryHost Repair(OpenStackStorageConnection connection, string project, bool answer = true)
    {
        MemoryHost host = Host(answer);
        RepairCinderQuotaOperation.Run(new RepairCinderQuotaRequest(connection, project), host);
        return host;
    }
}
