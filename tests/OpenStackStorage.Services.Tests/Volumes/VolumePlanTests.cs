namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Where type and zone of a new volume come from: <c>cinder/volume/flows/api/create_volume.py</c>.</summary>
public sealed class VolumePlanTests : IDisposable
{
    private static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    private readonly VolumeLab _lab = new();

    private VolumeService Service => _lab.As(VolumeServiceConformance.Owner);

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_volume_that_names_no_type_is_of_its_projects_default_or_of_none()
    {
        VolumeType all = Type("all"), own = Type("own");

        Assert.Null(Create(new VolumeSpec { SizeGiB = 1 }).VolumeType);
        _lab.Store.VolumeTypes(Admin).SetDefaultType(null, all.Id);
        Assert.Equal("all", Create(new VolumeSpec { SizeGiB = 1 }).VolumeType);
        _lab.Store.VolumeTypes(Admin).SetDefaultType("one", own.Id);
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });
        Assert.Equal("own", source.VolumeType);
        _lab.Store.VolumeTypes(Admin).SetDefaultType("one", null);
        Assert.Equal("own", Create(new VolumeSpec { Volume = source.Id }).VolumeType);
    }

    [Fact]
    public void An_image_may_name_the_type()
    {
        Type("fast");
        Image image = _lab.UploadImage([1, 2, 3], change: spec => spec with { Properties = new Dictionary<string, string> { ["cinder_img_volume_type"] = "fast" } });

        Assert.Equal("fast", Create(new VolumeSpec { Image = image.Id }).VolumeType);
    }

    [Fact]
    public void A_zone_is_asked_for_or_that_of_the_type_of_the_source_or_the_default()
    {
        _lab.AddBackend("b2", zone: "z2");
        Type("in2", ("RESKEY:availability_zones", "z2,z9"));
        Type("nowhere", ("RESKEY:availability_zones", "z9"));

        Volume asked = Create(new VolumeSpec { SizeGiB = 1, AvailabilityZone = "z2" });
        Volume typed = Create(new VolumeSpec { SizeGiB = 1, VolumeType = "in2" });
        Volume cloned = Create(new VolumeSpec { Volume = asked.Id });

        Assert.All([asked, typed, cloned], volume => Assert.Equal(("z2", "node@b2#pool"), (volume.AvailabilityZone, volume.Host)));
        Assert.Equal(("nova", "node@b1#pool"), Place(Create(new VolumeSpec { SizeGiB = 1 })));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, VolumeType = "in2", AvailabilityZone = "nova" }));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, VolumeType = "nowhere" }));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { Volume = asked.Id, AvailabilityZone = "nova" }));
    }

    [Fact]
    public void A_backend_that_is_named_is_taken_where_its_filters_pass()
    {
        _lab.AddBackend("b2");

        Assert.Equal("node@b2#pool", Create(new VolumeSpec { SizeGiB = 1, Backend = "b2" }).Host);
        Assert.Equal("node@b1#pool", Create(new VolumeSpec { SizeGiB = 1, Backend = "node@b1#pool" }).Host);
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, Backend = "pool" }));
        Refused(ErrorIds.BackendNotFound, () => Create(new VolumeSpec { SizeGiB = 1, Backend = "b3" }));
        _lab.DriverOf("b2").TotalGiB = 0.01;
        Refused(ErrorIds.NoValidBackend, () => Create(new VolumeSpec { SizeGiB = 10, Backend = "b2" }));
    }

    [Fact]
    public void A_type_names_its_backend()
    {
        _lab.AddBackend("b2");
        Type("on2", ("volume_backend_name", "b2"));
        Type("plain");

        Volume volume = Create(new VolumeSpec { SizeGiB = 1, VolumeType = "on2" });

        Assert.Equal("node@b2#pool", volume.Host);
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { Volume = volume.Id, VolumeType = "plain" }));
    }

    [Fact]
    public void A_type_lets_several_attach_at_once()
    {
        Type("shared", ("multiattach", "<is> True"));

        Assert.True(Create(new VolumeSpec { SizeGiB = 1, VolumeType = "shared" }).Multiattach);
        Assert.True(Create(new VolumeSpec { SizeGiB = 1, Multiattach = true }).Multiattach);
    }

    private static (string, string?) Place(Volume volume) => (volume.AvailabilityZone, volume.Host);

    private VolumeType Type(string name, params (string Key, string Value)[] specs) => _lab.Put(VolumeTables.Types, new VolumeType
    {
        Id = Guid.NewGuid(),
        Name = name,
        ExtraSpecs = specs.ToDictionary(spec => spec.Key, spec => spec.Value),
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    });

    private Volume Create(VolumeSpec spec) => Service.Create(spec, new WorkProgress(), CancellationToken.None);

    private static void Refused(ErrorId id, Action action) => Assert.Equal(id, Assert.Throws<ServiceException>(action).Id);
}
