using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderVolumeTypeTests : CinderTest
{
    private static readonly Dictionary<string, string> Ssd = new() { ["volume_backend_name"] = "ssd" };

    [Fact]
    public void A_type_is_made_with_what_was_told()
    {
        CinderQos gold = Qos("gold");
        VolumeTypeSpec spec = new() { Name = "fast", Description = "d", ExtraSpecs = Ssd, IsPublic = false, Projects = ["db"] };
        MemoryHost dry = Host(answer: false);
        NewCinderVolumeTypeOperation.Run(new NewCinderVolumeTypeRequest(Admin, () => Admin, spec), dry);
        Assert.Equal(("fast", "Create a private volume type with volume_backend_name=ssd"), Assert.Single(dry.Questions));
        Assert.Empty(Admin.VolumeTypes.ListTypes());

        CinderVolumeType type = Type(spec, new NameOr<CinderQos>(gold));
        Assert.Equal(("fast", "d", false, "ssd", gold.QosId), (type.Name, type.Description, type.Public, type.ExtraSpecs["volume_backend_name"], type.Qos));
        Assert.Equal(["db"], type.Projects);
        Assert.Equal(["fast"], CinderQosSpecs.Find(Admin, "gold").VolumeTypes);
        Refused(ErrorIds.VolumeTypeConflict, () => Type(spec));
        Refused(ErrorIds.QosNotFound, () => Type(spec with { Name = "x" }, new NameOr<CinderQos>("nope")));
    }

    [Fact]
    public void A_store_is_made_only_when_all_is_decided()
    {
        MemoryHost host = Host(answer: false);
        NewCinderVolumeTypeOperation.Run(new NewCinderVolumeTypeRequest(null, Never, new VolumeTypeSpec { Name = "fast" }), host);
        NewCinderQosOperation.Run(new NewCinderQosRequest(null, Never, "gold", QosConsumer.Both, Ssd), host);
        Assert.Equal([("fast", "Create a public volume type"), ("gold", "Create QoS specs: consumer both, volume_backend_name = ssd")], host.Questions);
        Refused(ErrorIds.QosNotFound, () => NewCinderVolumeTypeOperation.Run(
            new NewCinderVolumeTypeRequest(null, Never, new VolumeTypeSpec { Name = "fast" }) { Qos = new NameOr<CinderQos>("gold") }, host));

        static OpenStackStorageConnection Never() => throw new InvalidOperationException("A store was made.");
    }

    [Fact]
    public void A_change_is_told_in_words_and_made()
    {
        CinderVolumeType type = Type(new VolumeTypeSpec { Name = "fast", ExtraSpecs = Ssd });
        Qos("gold");
        SetCinderVolumeTypeRequest request = new(type, new VolumeTypeChange
        {
            Name = "quick", IsPublic = false, AddProjects = ["db"], SetExtraSpecs = new Dictionary<string, string> { ["tier"] = "1" }, RemoveExtraSpecs = ["volume_backend_name"],
        })
        {
            Qos = new NameOr<CinderQos>("gold"),
            Default = true,
            DefaultProject = "db",
            PassThru = true,
        };
        MemoryHost dry = Host(answer: false);
        SetCinderVolumeTypeOperation.Run(request, dry);
        Assert.Equal(
            "Rename to 'quick', make it private, set extra spec tier to '1', remove extra spec volume_backend_name, give project 'db' access, "
            + "give it the QoS specs 'gold', make it the default type of project 'db'",
            Assert.Single(dry.Questions).Action);
        Assert.Equal("fast", Assert.Single(Admin.VolumeTypes.ListTypes()).Name);

        CinderVolumeType changed = Assert.IsType<CinderVolumeType>(Assert.Single(Set(request).Objects));
        Assert.Equal(("quick", false, "tier"), (changed.Name, changed.Public, Assert.Single(changed.ExtraSpecs.Keys)));
        Assert.Equal("quick", Admin.VolumeTypes.GetDefaultType("db")!.Name);
        Assert.Null(Admin.VolumeTypes.GetDefaultType(null));
    }

    [Fact]
    public void Other_QoS_specs_take_the_place_of_those_that_are_there()
    {
        Qos("gold");
        CinderQos silver = Qos("silver");
        CinderVolumeType type = Type(new VolumeTypeSpec { Name = "fast" }, new NameOr<CinderQos>("gold"));
        SetCinderVolumeTypeRequest request = new(type, new VolumeTypeChange()) { Qos = new NameOr<CinderQos>(silver), PassThru = true };
        Refused(ErrorIds.VolumeTypeConflict, () => Set(request));
        MemoryHost host = Set(request with { Change = new VolumeTypeChange { RemoveQos = true } });
        Assert.Equal("Give it the QoS specs 'silver' in place of those that it has", Assert.Single(host.Questions).Action);
        Assert.Equal(silver.QosId, ((CinderVolumeType)Assert.Single(host.Objects)).Qos);
        host = Set(new SetCinderVolumeTypeRequest(type, new VolumeTypeChange { RemoveQos = true }) { PassThru = true });
        Assert.Equal("Take its QoS specs", Assert.Single(host.Questions).Action);
        Assert.Null(((CinderVolumeType)Assert.Single(host.Objects)).Qos);
    }

    [Fact]
    public void A_default_is_taken_back_from_the_type_that_is_it_alone()
    {
        CinderVolumeType fast = Type(new VolumeTypeSpec { Name = "fast" });
        CinderVolumeType slow = Type(new VolumeTypeSpec { Name = "slow" });
        Set(new SetCinderVolumeTypeRequest(fast, new VolumeTypeChange()) { Default = true });
        Set(new SetCinderVolumeTypeRequest(slow, new VolumeTypeChange()) { Default = false });
        Assert.Equal("fast", Admin.VolumeTypes.GetDefaultType(null)!.Name);
        Assert.Equal("fast", Blank("web").VolumeType);
        Set(new SetCinderVolumeTypeRequest(fast, new VolumeTypeChange()) { Default = false });
        Assert.Null(Admin.VolumeTypes.GetDefaultType(null));
    }

    [Fact]
    public void A_default_and_the_access_that_it_needs_are_one_change()
    {
        CinderVolumeType type = Type(new VolumeTypeSpec { Name = "fast", IsPublic = false });
        SetCinderVolumeTypeRequest request = new(type, new VolumeTypeChange { AddProjects = ["db"] }) { Default = true };
        Refused(ErrorIds.VolumeTypeConflict, () => Set(request));
        Refused(ErrorIds.VolumeTypeConflict, () => Set(request with { DefaultProject = "ops" }));
        Assert.Empty(CinderVolumeTypes.Find(Admin, "fast").Projects);
        Set(request with { DefaultProject = "db" });
        Assert.Equal("fast", Admin.VolumeTypes.GetDefaultType("db")!.Name);
        Set(request with { Change = new VolumeTypeChange { IsPublic = true } });
        Assert.Equal("fast", Admin.VolumeTypes.GetDefaultType(null)!.Name);
    }

    [Fact]
    public void A_type_that_becomes_private_is_no_default_of_all()
    {
        CinderVolumeType type = Type(new VolumeTypeSpec { Name = "fast" });
        Refused(ErrorIds.VolumeTypeConflict, () => Set(new SetCinderVolumeTypeRequest(type, new VolumeTypeChange { IsPublic = false }) { Default = true }));
        Assert.True(CinderVolumeTypes.Find(Admin, "fast").Public);
    }

    [Fact]
    public void A_change_of_nothing_is_refused()
    {
        CinderVolumeType type = Type(new VolumeTypeSpec { Name = "fast" });
        Refused(ErrorIds.ParameterInvalid, () => Set(new SetCinderVolumeTypeRequest(type, new VolumeTypeChange())));
        Refused(ErrorIds.ParameterInvalid, () => Set(new SetCinderVolumeTypeRequest(type, new VolumeTypeChange()) { DefaultProject = "db" }));
        Refused(ErrorIds.ParameterInvalid, () => ChangeCinderQosOperation.Describe(null, new Dictionary<string, string>(), []));
        Assert.Equal("consumer back-end, a = 1, no b", ChangeCinderQosOperation.Describe(QosConsumer.BackEnd, new Dictionary<string, string> { ["a"] = "1" }, ["b"]));
    }

    [Fact]
    public void QoS_specs_are_changed_and_removed_with_the_types_that_have_them()
    {
        CinderQos gold = Qos("gold");
        Type(new VolumeTypeSpec { Name = "fast" }, new NameOr<CinderQos>(gold));
        MemoryHost host = Host();
        ChangeCinderQosOperation.Run(new ChangeCinderQosRequest(Admin, "gold", "Set", types => types.UpdateQos(gold.QosId, QosConsumer.Both, new Dictionary<string, string> { ["b"] = "2" }, ["a"])) { PassThru = true }, host);
        CinderQos changed = Assert.IsType<CinderQos>(Assert.Single(host.Objects));
        Assert.Equal(("both", "b"), (changed.Consumer, Assert.Single(changed.Specs.Keys)));
        Refused(ErrorIds.QosInUse, () => Remove(gold, force: false));
        Remove(gold, force: true);
        Refused(ErrorIds.QosNotFound, () => CinderQosSpecs.Find(Admin, "gold"));
        Assert.Null(CinderVolumeTypes.Find(Admin, "fast").Qos);
    }

    [Fact]
    public void Where_there_is_no_store_there_is_none()
    {
        Refused(ErrorIds.VolumeTypeNotFound, () => CinderVolumeTypes.Find(null, "fast"));
        Refused(ErrorIds.QosNotFound, () => CinderQosSpecs.Find(null, "gold"));
    }

    private void Remove(CinderQos qos, bool force) => ChangeCinderQosOperation.Run(
        new ChangeCinderQosRequest(Admin, qos.Name, "Remove", types =>
        {
            QosSpecs last = types.GetQos(qos.Name);
            types.DeleteQos(qos.QosId, force);
            return last;
        }),
        Host());

    private CinderQos Qos(string name)
    {
        MemoryHost host = Host();
        NewCinderQosOperation.Run(new NewCinderQosRequest(Admin, () => Admin, name, QosConsumer.FrontEnd, new Dictionary<string, string> { ["a"] = "1" }), host);
        return Assert.IsType<CinderQos>(Assert.Single(host.Objects));
    }

    private CinderVolumeType Type(VolumeTypeSpec spec, NameOr<CinderQos>? qos = null)
    {
        MemoryHost host = Host();
        NewCinderVolumeTypeOperation.Run(new NewCinderVolumeTypeRequest(Admin, () => Admin, spec) { Qos = qos }, host);
        return Assert.IsType<CinderVolumeType>(Assert.Single(host.Objects));
    }

    private MemoryHost Set(SetCinderVolumeTypeRequest request)
    {
        MemoryHost host = Host();
        SetCinderVolumeTypeOperation.Run(request, host);
        return host;
    }
}
