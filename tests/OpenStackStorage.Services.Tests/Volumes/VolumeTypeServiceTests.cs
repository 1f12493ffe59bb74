namespace OpenStackStorage.Services.Tests;

public sealed class VolumeTypeServiceTests : VolumeCatalogTest
{
    private VolumeTypeService Admin => As("p0", "admin");

    [Fact]
    public void A_type_is_found_by_its_name_and_id_with_all_that_it_was_made_with()
    {
        QosSpecs qos = Admin.CreateQos("q", QosConsumer.BackEnd, Specs());
        VolumeType made = Admin.CreateType(new VolumeTypeSpec
        {
            Name = "fast", Description = "d", IsPublic = false, Projects = ["p1", "p2", "p1"], ExtraSpecs = Specs(("volume_backend_name", "ssd")), Qos = qos.Id,
        });

        Assert.Equivalent(made, Admin.GetType("fast"), strict: true);
        Assert.Equivalent(made, Admin.GetType(made.Id.ToString()), strict: true);
        Assert.Equal(["p1", "p2"], made.Projects);
        Assert.Equal(qos.Id, made.Qos);
        Assert.Equal("ssd", made.ExtraSpecs["volume_backend_name"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void A_type_needs_a_name(string? name) =>
        Refused(ErrorIds.ParameterInvalid, () => Admin.CreateType(new VolumeTypeSpec { Name = name ?? new string('x', 256) }));

    [Fact]
    public void A_name_is_taken_once()
    {
        Make("fast");
        VolumeType slow = Make("slow");

        Refused(ErrorIds.VolumeTypeConflict, () => Make("fast"));
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(slow.Id, new() { Name = "fast" }));
        Assert.Equal("slow", Admin.UpdateType(slow.Id, new() { Name = "slow" }).Name);
        Make(new string('x', 255));
    }

    [Theory]
    [InlineData("with space", "v", true, false)]
    [InlineData("with/slash", "v", true, false)]
    [InlineData("capabilities:a-b_c.d", "v", true, true)]
    [InlineData("umlaut\u00E4", "v", false, false)]
    [InlineData("line\n", "v", false, false)]
    [InlineData("", "v", false, false)]
    [InlineData("multiattach", "<is> True", true, true)]
    [InlineData("multiattach", "True", false, false)]
    [InlineData("provisioning:max_vol_size", "10", true, true)]
    [InlineData("provisioning:min_vol_size", "ten", false, false)]
    [InlineData("cacheable", "<is> True", true, true)]
    public void Extra_specs_have_keys_and_values_that_mean_something(string key, string value, bool atFirst, bool later)
    {
        Try(atFirst, () => Admin.CreateType(new VolumeTypeSpec { Name = "one", ExtraSpecs = Specs((key, value)) }));
        VolumeType other = Make("other");
        Try(later, () => Admin.UpdateType(other.Id, new() { SetExtraSpecs = Specs((key, value)) }));

        static void Try(bool allowed, Action action)
        {
            if (allowed)
                action();
            else
                Refused(ErrorIds.ParameterInvalid, action);
        }
    }

    [Fact]
    public void A_value_has_at_most_255_characters_and_multiattach_excludes_cacheable()
    {
        VolumeType type = Make("fast");

        Admin.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("a", new string('x', 255)), ("cacheable", "<is> True")) });
        Refused(ErrorIds.ParameterInvalid, () => Admin.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("a", new string('x', 256))) }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("multiattach", "<is> True")) }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.UpdateType(type.Id, new() { Description = "a\nb" }));
    }

    [Fact]
    public void Changes_leave_what_they_do_not_name()
    {
        VolumeType type = Admin.CreateType(new() { Name = "fast", Description = "d", ExtraSpecs = Specs(("a", "1"), ("b", "2")) });
        VolumeType next = Admin.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("a", "3"), ("c", "4")), RemoveExtraSpecs = ["b"] });

        Assert.Equal(("fast", "d", true), (next.Name, next.Description, next.IsPublic));
        Assert.Equal(Specs(("a", "3"), ("c", "4")), next.ExtraSpecs);
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { RemoveExtraSpecs = ["b"] }));
    }

    [Fact]
    public void Extra_specs_of_a_type_in_use_stay()
    {
        VolumeType type = Make("fast");
        Volume volume = Put(Volume(1, "fast"));

        Assert.Contains(volume.Id.ToString(), Refused(ErrorIds.VolumeTypeInUse, () => Admin.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("a", "1")) })).Message, StringComparison.Ordinal);
        Refused(ErrorIds.VolumeTypeInUse, () => Admin.UpdateType(type.Id, new() { RemoveExtraSpecs = ["a"] }));
        Assert.Equal("new", Admin.UpdateType(type.Id, new() { Description = "new" }).Description);
    }

    [Fact]
    public void A_new_name_goes_into_volumes_snapshots_and_reservations()
    {
        VolumeType type = Make("fast");
        Make("slow");
        Volume volume = Put(Volume(1, "fast")), other = Put(Volume(1, "slow"));
        VolumeSnapshot snapshot = Put(Snapshot(volume));
        Write(writer => VolumeRoom.HoldExtension(writer, Operation(), volume, 3, Now));
        Admin.UpdateType(type.Id, new() { Name = "quick" });

        Assert.Equal("quick", Catalog.Read(reader => reader.Find(VolumeTables.Volumes, volume.Id.ToString()))!.VolumeType);
        Assert.Equal("slow", Catalog.Read(reader => reader.Find(VolumeTables.Volumes, other.Id.ToString()))!.VolumeType);
        Assert.Equal("quick", Catalog.Read(reader => reader.Find(VolumeTables.Snapshots, snapshot.Id.ToString()))!.VolumeType);
        VolumeUsage usage = Catalog.Read(reader => VolumeQuotas.Of(reader, "p1", Now).List()).Single(one => one.Resource == "gigabytes_quick");
        Assert.Equal((2, 2), (usage.InUse, usage.Reserved));
    }

    [Fact]
    public void A_type_to_which_a_volume_is_being_retyped_keeps_its_name_and_stays()
    {
        VolumeType type = Make("fast");
        Volume volume = Put(Volume(1));
        CatalogOperation operation = Operation();
        Write(writer => VolumeRoom.HoldRetype(writer, operation, volume, "fast", Now));

        Refused(ErrorIds.VolumeTypeInUse, () => Admin.UpdateType(type.Id, new() { Name = "quick" }));
        Refused(ErrorIds.VolumeTypeInUse, () => Admin.DeleteType(type.Id));
        Write(writer => VolumeRoom.Release(writer, operation));
        Admin.DeleteType(type.Id);
    }

    [Fact]
    public void A_type_goes_when_nothing_is_of_it()
    {
        VolumeType type = Make("fast");
        Volume volume = Put(Volume(1, "fast"));
        VolumeSnapshot snapshot = Put(Snapshot(volume));

        Assert.Contains(volume.Id.ToString(), Refused(ErrorIds.VolumeTypeInUse, () => Admin.DeleteType(type.Id)).Message, StringComparison.Ordinal);
        Put(volume with { VolumeType = null });
        Assert.Contains(snapshot.Id.ToString(), Refused(ErrorIds.VolumeTypeInUse, () => Admin.DeleteType(type.Id)).Message, StringComparison.Ordinal);
        Put(snapshot with { VolumeType = null });
        Admin.DeleteType(type.Id);
        Refused(ErrorIds.VolumeTypeNotFound, () => Admin.GetType("fast"));
        Refused(ErrorIds.VolumeTypeNotFound, () => Admin.DeleteType(type.Id));
    }

    [Fact]
    public void Access_is_for_private_types_alone_and_given_and_taken_once()
    {
        VolumeType type = Make("fast");

        Refused(ErrorIds.VolumeTypeConflict, () => Admin.CreateType(new() { Name = "x", Projects = ["p1"] }));
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { AddProjects = ["p1"] }));
        Assert.Equal(["p1"], Admin.UpdateType(type.Id, new() { IsPublic = false, AddProjects = ["p1"] }).Projects);
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { AddProjects = ["p1"] }));
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { RemoveProjects = ["p2"] }));
        Assert.Empty(Admin.UpdateType(type.Id, new() { RemoveProjects = ["p1"] }).Projects);
    }

    [Fact]
    public void Others_see_public_types_and_those_of_their_project_and_only_what_is_for_them()
    {
        QosSpecs qos = Admin.CreateQos("q", QosConsumer.Both, Specs());
        Admin.CreateType(new()
        {
            Name = "mine", IsPublic = false, Projects = ["p1"], Qos = qos.Id, ExtraSpecs = Specs(("volume_backend_name", "ssd"), ("multiattach", "<is> True")),
        });
        Admin.CreateType(new() { Name = "theirs", IsPublic = false, Projects = ["p2"] });
        Make("open");
        VolumeTypeService reader = As("p1", "reader");

        Assert.Equal(["mine", "open"], reader.ListTypes().Select(type => type.Name));
        Refused(ErrorIds.VolumeTypeNotFound, () => reader.GetType("theirs"));
        VolumeType mine = reader.GetType("mine");
        Assert.Equal(Specs(("multiattach", "<is> True")), mine.ExtraSpecs);
        Assert.Null(mine.Qos);
        Assert.Empty(mine.Projects);
        Assert.Equal(["mine", "theirs", "open"], Admin.ListTypes().Select(type => type.Name));
    }

    [Fact]
    public void Changes_are_for_admins()
    {
        VolumeType type = Make("fast");
        QosSpecs qos = Admin.CreateQos("q", QosConsumer.Both, Specs());
        VolumeTypeService member = As("p1", "member");

        foreach (Action action in new Action[]
        {
            () => member.CreateType(new() { Name = "x" }),
            () => member.UpdateType(type.Id, new() { Name = "x" }),
            () => member.UpdateType(type.Id, new() { SetExtraSpecs = Specs(("a", "1")) }),
            () => member.UpdateType(type.Id, new() { AddProjects = ["p1"] }),
            () => member.UpdateType(type.Id, new() { Qos = qos.Id }),
            () => member.DeleteType(type.Id),
            () => member.SetDefaultType("p1", type.Id),
            () => member.SetDefaultType("p1", null),
            () => member.GetDefaultType("p2"),
            () => member.CreateQos("x", QosConsumer.Both, Specs()),
            () => member.GetQos("q"),
            () => member.ListQos(),
            () => member.UpdateQos(qos.Id, QosConsumer.Both, Specs(), []),
            () => member.DeleteQos(qos.Id, force: true),
        })
        {
            Refused(ErrorIds.NotAuthorized, action);
        }
    }

    [Fact]
    public void A_projects_default_type_wins_over_the_one_for_all()
    {
        VolumeType fast = Make("fast"), slow = Make("slow");
        VolumeTypeService member = As("p1", "member");

        Assert.Null(member.GetDefaultType("p1"));
        Admin.SetDefaultType(null, slow.Id);
        Admin.SetDefaultType("p1", fast.Id);
        Assert.Equal("fast", member.GetDefaultType("p1")!.Name);
        Assert.Equal("slow", member.GetDefaultType(null)!.Name);
        Assert.Equal("slow", Admin.GetDefaultType("p2")!.Name);
        Assert.Contains("project 'p1'", Refused(ErrorIds.VolumeTypeInUse, () => Admin.DeleteType(fast.Id)).Message, StringComparison.Ordinal);
        Assert.Contains("all projects", Refused(ErrorIds.VolumeTypeInUse, () => Admin.DeleteType(slow.Id)).Message, StringComparison.Ordinal);
        Admin.SetDefaultType("p1", null);
        Assert.Equal("slow", member.GetDefaultType("p1")!.Name);
        Admin.SetDefaultType(null, null);
        Assert.Null(member.GetDefaultType("p1"));
        Admin.DeleteType(fast.Id);
    }

    [Fact]
    public void A_default_type_is_one_that_the_project_may_use()
    {
        VolumeType type = Admin.CreateType(new() { Name = "fast", IsPublic = false, Projects = ["p1"] });

        Refused(ErrorIds.VolumeTypeConflict, () => Admin.SetDefaultType("p2", type.Id));
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.SetDefaultType(null, type.Id));
        Refused(ErrorIds.VolumeTypeNotFound, () => Admin.SetDefaultType("p1", Guid.NewGuid()));
        Admin.SetDefaultType("p1", type.Id);
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { RemoveProjects = ["p1"] }));
        Refused(ErrorIds.ParameterInvalid, () => Admin.SetDefaultType("", type.Id));
    }

    [Fact]
    public void A_type_has_one_set_of_QoS_specs_and_changes_it_by_giving_the_old_ones_away()
    {
        QosSpecs one = Admin.CreateQos("one", QosConsumer.Both, Specs()), two = Admin.CreateQos("two", QosConsumer.Both, Specs());
        VolumeType type = Admin.CreateType(new() { Name = "fast", Qos = one.Id });

        Assert.Equal(one.Id, Admin.UpdateType(type.Id, new() { Qos = one.Id }).Qos);
        Refused(ErrorIds.VolumeTypeConflict, () => Admin.UpdateType(type.Id, new() { Qos = two.Id }));
        Assert.Equal(two.Id, Admin.UpdateType(type.Id, new() { Qos = two.Id, RemoveQos = true }).Qos);
        Assert.Null(Admin.UpdateType(type.Id, new() { RemoveQos = true }).Qos);
        Refused(ErrorIds.QosNotFound, () => Admin.UpdateType(type.Id, new() { Qos = Guid.NewGuid() }));
    }

    [Fact]
    public void QoS_specs_are_found_changed_and_named_once()
    {
        QosSpecs qos = Admin.CreateQos(" q ", QosConsumer.FrontEnd, Specs(("total_iops_sec", "100"), ("a", "1")));

        Assert.Equal("q", qos.Name);
        Refused(ErrorIds.QosConflict, () => Admin.CreateQos("q", QosConsumer.Both, Specs()));
        Assert.Equivalent(qos, Admin.GetQos("q"), strict: true);
        Assert.Equivalent(qos, Admin.GetQos(qos.Id.ToString()), strict: true);
        QosSpecs next = Admin.UpdateQos(qos.Id, QosConsumer.Both, Specs(("a", "2"), ("b", "3")), ["total_iops_sec"]);
        Assert.Equal(QosConsumer.Both, next.Consumer);
        Assert.Equal(Specs(("a", "2"), ("b", "3")), next.Specs);
        Assert.Equal(QosConsumer.Both, Admin.UpdateQos(qos.Id, null, Specs(("a", "2")), []).Consumer);
        Assert.Equal("q", Assert.Single(Admin.ListQos()).Name);
        Refused(ErrorIds.QosNotFound, () => Admin.UpdateQos(qos.Id, null, Specs(), ["gone"]));
        Refused(ErrorIds.QosNotFound, () => Admin.GetQos("gone"));
        Refused(ErrorIds.QosNotFound, () => Admin.DeleteQos(Guid.NewGuid(), force: true));
    }

    [Theory]
    [InlineData("consumer", "both")]
    [InlineData("", "1")]
    [InlineData("a;b", "1")]
    public void QoS_specs_have_keys_that_Cinder_takes(string key, string value) =>
        Refused(ErrorIds.ParameterInvalid, () => Admin.CreateQos("q", QosConsumer.Both, Specs((key, value))));

    [Fact]
    public void QoS_specs_that_types_have_go_by_force_alone()
    {
        QosSpecs qos = Admin.CreateQos("q", QosConsumer.Both, Specs());
        VolumeType type = Admin.CreateType(new() { Name = "fast", Qos = qos.Id });

        Assert.Contains("fast", Refused(ErrorIds.QosInUse, () => Admin.DeleteQos(qos.Id, force: false)).Message, StringComparison.Ordinal);
        Admin.DeleteQos(qos.Id, force: true);
        Assert.Null(Admin.GetType("fast").Qos);
        Assert.Empty(Admin.ListQos());
        Assert.Equal(type.Id, Admin.GetType("fast").Id);
    }

    private VolumeTypeService As(string project, string role) => new(Catalog, PolicyRules.Cinder, new("u", project, [role]));

    private VolumeType Make(string name) => Admin.CreateType(new() { Name = name });

    private static Dictionary<string, string> Specs(params (string Key, string Value)[] specs) => specs.ToDictionary(spec => spec.Key, spec => spec.Value);
}
