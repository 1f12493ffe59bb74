namespace OpenStackStorage.Services.Tests;

public sealed class BackendServiceTests : BackendLab
{
    private const string Mark = "ssd 00000000-0000-0000-0000-000000000001";

    [Fact]
    public void A_new_backend_has_its_place_marked_and_its_options_completed()
    {
        Backend added = Admin.Add(Backend("ssd") with { DisabledReason = "none" });

        Assert.Equal(Mark, Factory["ssd"].Mark);
        Assert.Equal("qcow2", added.Options["format"]);
        Assert.Null(added.DisabledReason);
        Assert.Equivalent(added, Admin.Get("ssd"), strict: true);
        Assert.Equal(["ssd"], Admin.List().Select(backend => backend.Name));
        Refused(ErrorIds.BackendNotFound, () => Admin.Get("sata"));
    }

    [Fact]
    public void A_name_is_taken_once_and_the_place_stays_the_first_ones()
    {
        Admin.Add(Backend("ssd"));

        Refused(ErrorIds.BackendConflict, () => Admin.Add(Backend("ssd")));
        Assert.Equal(Mark, Factory["ssd"].Mark);
    }

    [Theory]
    [InlineData("ssd", Mark)]
    [InlineData("other", null)]
    public void Who_comes_second_at_the_last_moment_leaves_what_is_the_first_ones(string path, string? mark)
    {
        Backend first = Backend("ssd"), second = first with { Options = new Dictionary<string, string> { ["path"] = path } };
        Factory.Initialized = () => Put(VolumeTables.Backends, first);

        Refused(ErrorIds.BackendConflict, () => Admin.Add(second));
        Assert.Equal(mark, Factory[path].Mark);
    }

    [Fact]
    public void A_place_whose_backend_can_not_be_recorded_loses_its_mark()
    {
        Factory.Initialized = Catalog.Dispose;

        Assert.Throws<ObjectDisposedException>(() => Admin.Add(Backend("ssd")));
        Assert.Null(Factory["ssd"].Mark);
    }

    [Fact]
    public void A_place_that_can_not_be_prepared_leaves_no_backend()
    {
        Factory["ssd"].Failure = "it is on fire";

        Refused(ErrorIds.BackendUnavailable, () => Admin.Add(Backend("ssd")));
        Assert.Empty(Admin.List());
    }

    public static TheoryData<string, Backend> Invalid => new()
    {
        { "The backend's name", Backend("") },
        { "The backend's name", Backend("a@b") },
        { "The backend's name", Backend("a#b") },
        { "The backend's name", Backend(new string('x', 256)) },
        { "The backend's host", Backend("a") with { Host = "n@x" } },
        { "The backend's host", Backend("a") with { Host = "" } },
        { "The driver", Backend("a") with { Driver = "Lvm" } },
        { "The availability zone", Backend("a") with { AvailabilityZone = " " } },
        { "volume_backend_name", Backend("a") with { VolumeBackendName = "" } },
        { "The reason", Backend("a") with { Enabled = false, DisabledReason = " " } },
        { "reserved_percentage", Backend("a") with { ReservedPercentage = 101 } },
        { "reserved_percentage", Backend("a") with { ReservedPercentage = -1 } },
        { "max_over_subscription_ratio", Backend("a") with { MaxOverSubscriptionRatio = 0.9 } },
        { "max_over_subscription_ratio", Backend("a") with { MaxOverSubscriptionRatio = double.NaN } },
        { "image_volume_cache_max_count", Backend("a") with { ImageCacheMaxCount = -1 } },
        { "image_volume_cache_max_size_gb", Backend("a") with { ImageCacheMaxSizeGiB = -1 } },
        { "volume_clear_size", Backend("a") with { ClearSizeMiB = 1025 } },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void A_setting_that_can_not_be_is_refused_by_name(string target, Backend backend)
    {
        Assert.Equal(target, Refused(ErrorIds.ParameterInvalid, () => Admin.Add(backend)).Target);
        Assert.Null(Factory[backend.Name].Mark);
    }

    [Fact]
    public void An_expression_that_can_not_be_read_is_refused_by_name()
    {
        Assert.Equal("filter_function", Refused(ErrorIds.SchedulerExpressionInvalid, () => Admin.Add(Backend("a") with { FilterFunction = "volume.size <" })).Target);
        Assert.Null(Factory["a"].Mark);
        Backend added = Admin.Add(Backend("a") with { FilterFunction = "volume.size < 100", GoodnessFunction = "50" });
        ServiceException error = Refused(ErrorIds.SchedulerExpressionInvalid, () => Admin.Update(added with { GoodnessFunction = "(1" }));
        Assert.Equal("goodness_function", error.Target);
        Assert.StartsWith("goodness_function is not valid: The expression '(1' has no value: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_takes_the_place_of_all_settings_but_where_the_data_lies()
    {
        Backend added = Admin.Add(Backend("ssd"));
        Backend next = Admin.Update(added with { ReservedPercentage = 7, CreatedAt = Now.AddYears(1), Options = new Dictionary<string, string> { ["path"] = "ssd", ["format"] = "raw" } });

        Assert.Equal((7, added.CreatedAt, "raw"), (next.ReservedPercentage, next.CreatedAt, next.Options["format"]));
        Assert.Equivalent(next, Admin.Get("ssd"), strict: true);
        Refused(ErrorIds.ParameterInvalid, () => Admin.Update(next with { Host = "other" }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.Update(next with { Driver = "File" }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.Update(next with { Options = new Dictionary<string, string> { ["path"] = "other" } }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.Update(next with { ReservedPercentage = 101 }));
        Refused(ErrorIds.BackendNotFound, () => Admin.Update(Backend("sata")));
    }

    [Fact]
    public void A_backend_that_is_enabled_loses_its_reason()
    {
        Backend disabled = Admin.Add(Backend("ssd") with { Enabled = false, DisabledReason = "new disks" });

        Assert.Equal("new disks", disabled.DisabledReason);
        Assert.Null(Admin.Update(disabled with { Enabled = true }).DisabledReason);
    }

    [Fact]
    public void Who_may_switch_a_backend_may_not_change_it()
    {
        Backend added = Admin.Add(Backend("ssd"));
        BackendService operators = As("p1", "member", "volume_extension:services:update: 'role:member'");

        Assert.False(operators.Update(added with { Enabled = false }).Enabled);
        Refused(ErrorIds.NotAuthorized, () => operators.Update(added with { ReservedPercentage = 7 }));
    }

    [Fact]
    public void A_backend_with_volumes_stays_and_says_which()
    {
        Admin.Add(Backend("ssd"));
        Admin.Add(Backend("sata"));
        Volume volume = PutOn("ssd", Volume(1)), entry = PutOn("ssd", Cache(1));

        Assert.Contains(volume.Id.ToString(), Refused(ErrorIds.BackendInUse, () => Admin.Remove("ssd")).Message, StringComparison.Ordinal);
        Refused(ErrorIds.BackendInUse, () => Admin.PlanRemoval("ssd"));
        Assert.Empty(ImageCache.Calls);
        Assert.NotNull(Catalog.Read(reader => reader.Find(VolumeTables.Volumes, entry.Id.ToString())));
        Assert.Equal(Mark, Factory["ssd"].Mark);
        Assert.Empty(Admin.Remove("sata"));
    }

    [Fact]
    public void A_backend_goes_with_its_cached_images_and_its_mark_and_says_what_is_left()
    {
        Admin.Add(Backend("ssd"));
        Volume entry = PutOn("ssd", Cache(1)), other = PutOn("sata", Cache(1));
        Factory["ssd"].Left.Add("notes.txt");

        Assert.Equal([entry.Id], Admin.PlanRemoval("ssd").Select(volume => volume.Id));
        Assert.Equal(["notes.txt"], Admin.Remove("ssd"));
        Assert.Equal([$"remove {entry.Id}"], ImageCache.Calls);
        Assert.Equal([other.Id], Catalog.Read(reader => reader.List(VolumeTables.Volumes)).Select(volume => volume.Id));
        Assert.Empty(Admin.List());
        Assert.Null(Factory["ssd"].Mark);
        Refused(ErrorIds.BackendNotFound, () => Admin.Remove("ssd"));
    }

    [Fact]
    public void A_backend_whose_place_is_gone_goes_and_leaves_its_place_alone()
    {
        Admin.Add(Backend("ssd"));
        PutOn("ssd", Cache(1));
        Factory["ssd"].Failure = "it is not mounted";
        ImageCache.Failure = new ServiceException(ErrorIds.BackendUnavailable, "it is not mounted");

        Assert.Contains("it is not mounted", Assert.Single(Admin.Remove("ssd")), StringComparison.Ordinal);
        Assert.Empty(Admin.List());
        Assert.Empty(Catalog.Read(reader => reader.List(VolumeTables.Volumes)));
        Assert.Equal(Mark, Factory["ssd"].Mark);
    }

    [Fact]
    public void A_cached_image_that_volumes_share_keeps_the_backend()
    {
        Admin.Add(Backend("ssd"));
        PutOn("ssd", Cache(1));
        ImageCache.Failure = new ServiceException(ErrorIds.VolumeConflict, "a volume shares its data");

        Refused(ErrorIds.VolumeConflict, () => Admin.Remove("ssd"));
        Assert.Equal(["ssd"], Admin.List().Select(backend => backend.Name));
    }

    [Fact]
    public void All_of_it_is_for_admins_but_the_zones_and_ones_own_quotas()
    {
        Admin.Add(Backend("ssd"));
        BackendService member = As("p1", "member");

        foreach (Action action in new Action[]
        {
            () => member.Add(Backend("sata")),
            () => member.Get("ssd"),
            () => member.List(),
            () => member.Update(Backend("ssd")),
            () => member.PlanRemoval("ssd"),
            () => member.Remove("ssd"),
            () => member.GetState("ssd"),
            () => member.ListPools(),
            () => member.ListServices(),
            () => member.Check("ssd", false, new WorkProgress(), default),
            () => member.ListCache(null),
            () => member.PlanPrefetch(ImageId.New(), "ssd"),
            () => member.Prefetch(ImageId.New(), "ssd", new WorkProgress(), default),
            () => member.RemoveCache(VolumeId.New()),
            () => member.GetUsage("p2"),
            () => member.SetQuota("volumes", "p1", 1),
            () => member.SetQuota("volumes", "p1", null),
            () => member.SetQuota("volumes", null, 1),
            () => member.RepairUsage("p1"),
        })
        {
            Refused(ErrorIds.NotAuthorized, action);
        }

        Assert.Equal([("nova", true)], member.ListAvailabilityZones());
        Assert.Equal(10, member.GetUsage("p1")[0].Limit);
        Assert.Empty(ImageCache.Calls);
    }

    [Fact]
    public void The_cache_is_asked_for_backends_that_there_are()
    {
        Admin.Add(Backend("ssd"));
        Volume entry = PutOn("ssd", Cache(1));
        ImageId image = entry.Cached!.Image;

        Assert.Equal([entry.Id], Admin.ListCache("ssd").Select(volume => volume.Id));
        Assert.Equal(entry.Id, Admin.Prefetch(image, "ssd", new WorkProgress(), default).Id);
        Admin.DryRun().RemoveCache(entry.Id);
        Admin.RemoveCache(entry.Id);
        Assert.Equal([$"prefetch {image} ssd", $"remove {entry.Id}"], ImageCache.Calls);
        Refused(ErrorIds.BackendNotFound, () => Admin.ListCache("sata"));
        Refused(ErrorIds.BackendNotFound, () => Admin.Prefetch(image, "sata", new WorkProgress(), default));
        Refused(ErrorIds.BackendNotFound, () => Admin.PlanPrefetch(image, "sata"));
        ImageCache.Failure = new ServiceException(ErrorIds.VolumeConflict, "shared");
        Refused(ErrorIds.VolumeConflict, () => Admin.DryRun().RemoveCache(entry.Id));
    }

    [Fact]
    public void Quotas_are_set_used_and_repaired()
    {
        Volume volume = Put(Volume(10));
        CatalogOperation gone = Operation();
        Write(writer => VolumeRoom.HoldExtension(writer, gone, volume, 15, DateTimeOffset.UtcNow));
        Admin.SetQuota("gigabytes", null, 50);
        Admin.SetQuota("gigabytes", "p1", 40);

        Assert.Equal(new VolumeUsage("p1", "gigabytes", 10, 5, 40), Admin.GetUsage("p1").Single(usage => usage.Resource == "gigabytes"));
        Assert.Equal([new VolumeUsage("p1", "gigabytes", 10, 0, 40)], Admin.RepairUsage("p1"));
        Assert.Empty(Admin.RepairUsage("p1"));
        Admin.SetQuota("gigabytes", "p1", null);
        Assert.Equal(50, Admin.GetUsage("p1").Single(usage => usage.Resource == "gigabytes").Limit);
    }
}
