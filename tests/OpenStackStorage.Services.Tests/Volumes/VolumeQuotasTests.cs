namespace OpenStackStorage.Services.Tests;

public sealed class VolumeQuotasTests : VolumeCatalogTest
{
    [Fact]
    public void The_defaults_are_Cinders()
    {
        Put(Type("fast"));

        Assert.Equal(
            [
                ("volumes", 10), ("snapshots", 10), ("gigabytes", 1000), ("per_volume_gigabytes", -1),
                ("volumes_fast", -1), ("snapshots_fast", -1), ("gigabytes_fast", -1),
            ],
            List().Select(usage => (usage.Resource, usage.Limit)));
    }

    [Fact]
    public void A_projects_own_limit_wins_over_the_one_for_all()
    {
        Put(Type("a/b"));
        Set("gigabytes", null, 5);
        Set("gigabytes", "p1", 7);
        Set("volumes_a/b", null, 3);
        Set("volumes", "b", 2);

        Assert.Equal(7, Limit("gigabytes", "p1"));
        Assert.Equal(5, Limit("gigabytes", "p2"));
        Assert.Equal(3, Limit("volumes_a/b", "p1"));
        Assert.Equal(2, Limit("volumes", "b"));
        Set("gigabytes", "p1", null);
        Assert.Equal(5, Limit("gigabytes", "p1"));
        Set("gigabytes", null, null);
        Assert.Equal(1000, Limit("gigabytes", "p1"));
    }

    [Theory]
    [InlineData("gigabytes", -2L)]
    [InlineData("gigabytes", 2147483648L)]
    [InlineData("gigabytes_slow", 1L)]
    [InlineData("per_volume_gigabytes_fast", 1L)]
    [InlineData("backups", 1L)]
    [InlineData("", 1L)]
    public void A_limit_or_resource_that_is_none_is_refused(string resource, long limit)
    {
        Put(Type("fast"));
        Assert.Equal(resource, Refused(ErrorIds.ParameterInvalid, () => Set(resource, null, limit)).Target);
    }

    [Fact]
    public void A_limit_of_a_type_stays_when_the_type_has_another_name()
    {
        VolumeType type = Put(Type("fast"));
        Set("gigabytes_fast", "p1", 4);
        Put(type with { Name = "quick" });

        Assert.Equal(4, Limit("gigabytes_quick", "p1"));
    }

    [Fact]
    public void What_there_is_is_counted_and_cached_images_and_other_projects_are_not()
    {
        Put(Type("fast"));
        Volume volume = Put(Volume(10, "fast"));
        Put(Volume(5));
        Put(Volume(100, "fast", "p2"));
        Put(Cache(1000));
        Put(Snapshot(volume));

        Assert.Equal(
            [
                ("volumes", 2), ("snapshots", 1), ("gigabytes", 25), ("per_volume_gigabytes", 0),
                ("volumes_fast", 1), ("snapshots_fast", 1), ("gigabytes_fast", 20),
            ],
            List().Select(usage => (usage.Resource, usage.InUse)));
        Assert.All(List(CachedImage.InternalProject), usage => Assert.Equal(0, usage.InUse));

        Write(writer => VolumeQuotas.SetCountsSnapshots(writer, counts: false));
        Assert.Equal(15, Usage("gigabytes").InUse);
        Write(writer => VolumeQuotas.SetCountsSnapshots(writer, counts: true));
        Assert.Equal(25, Usage("gigabytes").InUse);
    }

    [Theory]
    [InlineData("gigabytes", 20, null, true)]
    [InlineData("gigabytes", 19, "19 GiB", false)]
    [InlineData("gigabytes_fast", 20, null, true)]
    [InlineData("gigabytes_fast", 19, "19 GiB", false)]
    [InlineData("volumes", 2, null, true)]
    [InlineData("volumes", 1, "1", false)]
    [InlineData("volumes_fast", 2, null, true)]
    [InlineData("volumes_fast", 1, "1", false)]
    [InlineData("gigabytes", -1, null, true)]
    [InlineData("per_volume_gigabytes", 10, null, true)]
    [InlineData("per_volume_gigabytes", 9, "9 GiB", false)]
    [InlineData("snapshots", 0, null, true)]
    public void A_second_volume_of_10_GiB_is_refused_beyond_a_limit(string resource, long limit, string? most, bool allowed)
    {
        Put(Type("fast"));
        Put(Volume(10, "fast"));
        Set(resource, "p1", limit);

        Require(allowed, resource, most, writer => VolumeRoom.RequireVolume(writer, Volume(10, "fast"), Now));
    }

    [Theory]
    [InlineData("snapshots", 1, true)]
    [InlineData("snapshots", 0, false)]
    [InlineData("snapshots_fast", 0, false)]
    [InlineData("gigabytes", 20, true)]
    [InlineData("gigabytes", 19, false)]
    [InlineData("gigabytes_fast", 19, false)]
    [InlineData("volumes", 0, true)]
    [InlineData("per_volume_gigabytes", 1, true)]
    public void A_snapshot_of_a_volume_of_10_GiB_is_refused_beyond_a_limit(string resource, long limit, bool allowed)
    {
        Put(Type("fast"));
        Volume volume = Put(Volume(10, "fast"));
        Set(resource, "p1", limit);

        Require(allowed, resource, null, writer => VolumeRoom.RequireSnapshot(writer, Snapshot(volume), Now));
    }

    [Fact]
    public void Snapshots_that_do_not_count_as_gigabytes_need_none()
    {
        Volume volume = Put(Volume(10));
        Set("gigabytes", "p1", 10);
        Write(writer => VolumeQuotas.SetCountsSnapshots(writer, counts: false));

        Write(writer => VolumeRoom.RequireSnapshot(writer, Snapshot(volume), Now));
    }

    [Fact]
    public void A_project_beyond_a_limit_may_do_what_needs_nothing_of_it()
    {
        Put(Volume(10));
        Set("gigabytes", "p1", 5);
        Set("volumes", "p1", 0);

        Write(writer => VolumeRoom.RequireVolume(writer, Cache(10), Now));
        Write(writer => VolumeQuotas.Of(writer, "p1", Now).Require(new(0, 1, 0), null));
        Refused(ErrorIds.QuotaExceeded, () => Write(writer => VolumeQuotas.Of(writer, "p1", Now).Require(new(0, 0, 1), null)));
    }

    [Fact]
    public void A_refusal_says_what_was_asked_is_used_is_reserved_and_may_be()
    {
        Volume volume = Put(Volume(10));
        Set("gigabytes", "p1", 20);
        Write(writer => VolumeRoom.HoldExtension(writer, Operation(), volume, 13, Now));

        ServiceException error = Refused(ErrorIds.QuotaExceeded, () => Write(writer => VolumeRoom.RequireVolume(writer, Volume(8), Now)));

        Assert.Equal("gigabytes of project 'p1' is 20 GiB; 10 GiB are in use, 3 GiB reserved, and 8 GiB more were asked for.", error.Message);
        Assert.Equal("21 GiB", error.Found);
    }

    private void Require(bool allowed, string resource, string? most, Action<ICatalogWriter> require)
    {
        if (allowed)
        {
            Write(require);
            return;
        }

        ServiceException error = Refused(ErrorIds.QuotaExceeded, () => Write(require));
        Assert.Equal(resource, error.Target);
        if (most is not null)
            Assert.Equal($"at most {most}", error.Expected);
    }

    private IReadOnlyList<VolumeUsage> List(string project = "p1") => Catalog.Read(reader => VolumeQuotas.Of(reader, project, Now).List());

    private VolumeUsage Usage(string resource) => List().Single(usage => usage.Resource == resource);

    private long Limit(string resource, string project) => List(project).Single(usage => usage.Resource == resource).Limit;

    private void Set(string resource, string? project, long? limit) => Write(writer => VolumeQuotas.Set(writer, resource, project, limit));
}
