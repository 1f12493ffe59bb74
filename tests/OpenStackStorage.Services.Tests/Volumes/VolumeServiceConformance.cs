using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>What every implementation of <see cref="IVolumeService"/> answers. Derive from it and say how to get one.</summary>
public abstract partial class VolumeServiceConformance
{
    public static readonly Identity Owner = new("olga", "one", ["member"]);

    protected static readonly Identity Reader = new("rita", "one", ["reader"]);

    protected static readonly Identity Stranger = new("sam", "two", ["member"]);

    protected static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    /// <summary>The same volumes for one identity or another.</summary>
    protected abstract IVolumeService As(Identity identity);

    /// <summary>An active image of the owner.</summary>
    protected abstract Image UploadImage(byte[] data, ImageDiskFormat format, Func<ImageSpec, ImageSpec>? change = null);

    /// <summary>A volume type.</summary>
    protected abstract VolumeType AddType(string name, IReadOnlyDictionary<string, string>? extraSpecs = null, bool isPublic = true);

    /// <summary>The first bytes of a volume's disk.</summary>
    protected abstract byte[] Read(VolumeId volume, int length);

    /// <summary>Changes the first bytes of a volume's disk, as its consumer does.</summary>
    protected abstract void Overwrite(VolumeId volume, byte[] data);

    [Fact]
    public void A_new_volume_has_Cinders_defaults()
    {
        Volume volume = Create(new VolumeSpec { Name = "v", SizeGiB = 2, Metadata = new Dictionary<string, string> { ["a"] = "b" } });

        Assert.Equal((VolumeStatus.Available, 2, "one", "olga"), (volume.Status, volume.SizeGiB, volume.Project, volume.User));
        Assert.Equal(("nova", false, false, false), (volume.AvailabilityZone, volume.Bootable, volume.Multiattach, volume.ReadOnly));
        Assert.Equal("b", volume.Metadata["a"]);
        Assert.NotNull(volume.Host);
        Assert.Null(volume.LastError);
        Assert.Equal(volume.Id, As(Owner).Get(volume.Id).Id);
        Assert.Equal(new byte[16], Read(volume.Id, 16));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_size_below_one_is_refused(int size)
    {
        Refused(ErrorIds.VolumeSizeInvalid, () => Create(new VolumeSpec { SizeGiB = size }));
    }

    [Fact]
    public void A_volume_needs_a_size_or_one_source()
    {
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });

        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec()));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { Volume = source.Id, Image = ImageId.New() }));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, Name = new string('n', 256) }));
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, Metadata = new Dictionary<string, string> { [""] = "x" } }));
    }

    [Fact]
    public void A_volume_of_an_image_holds_its_content_and_what_it_said()
    {
        byte[] data = Samples.Noise(1 << 20);
        Image image = UploadImage(Samples.Qcow2(data), ImageDiskFormat.Qcow2, spec => spec with { Properties = new Dictionary<string, string> { ["os_distro"] = "debian" } });

        Volume volume = Create(new VolumeSpec { Image = image.Id });

        Assert.Equal((VolumeStatus.Available, 1, true), (volume.Status, volume.SizeGiB, volume.Bootable));
        Assert.Equal(image.Id, volume.SourceImage);
        Assert.Equal(image.Id.ToString(), volume.ImageMetadata["image_id"]);
        Assert.Equal("debian", volume.ImageMetadata["os_distro"]);
        Assert.Equal(image.Checksum, volume.ImageMetadata["checksum"]);
        Assert.Equal("qcow2", volume.ImageMetadata["disk_format"]);
        Assert.Equal(data, Read(volume.Id, data.Length));
    }

    [Fact]
    public void An_image_that_does_not_fit_or_is_not_active_is_refused()
    {
        Image large = UploadImage(Samples.Noise(1000), ImageDiskFormat.Raw, spec => spec with { MinDisk = 3 });
        Image queued = NewImage();

        Refused(ErrorIds.VolumeSizeInvalid, () => Create(new VolumeSpec { Image = large.Id, SizeGiB = 2 }));
        Assert.Equal(3, Create(new VolumeSpec { Image = large.Id }).SizeGiB);
        Refused(ErrorIds.ImageConflict, () => Create(new VolumeSpec { Image = queued.Id, SizeGiB = 1 }));
        Refused(ErrorIds.ImageNotFound, () => Create(new VolumeSpec { Image = ImageId.New(), SizeGiB = 1 }));
        Refused(ErrorIds.ImageNotFound, () => Create(new VolumeSpec { Image = large.Id }, Stranger));
    }

    /// <summary>An image without data.</summary>
    protected abstract Image NewImage();

    [Fact]
    public void A_volume_of_a_volume_goes_its_own_way()
    {
        byte[] data = Samples.Noise(4096);
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(source.Id, data);

        Volume clone = Create(new VolumeSpec { Volume = source.Id, SizeGiB = 2 });
        Volume full = Create(new VolumeSpec { Volume = source.Id, Full = true });
        Overwrite(source.Id, Samples.Noise(4096, seed: 9));

        Assert.Equal((source.Id, 2, 1), (clone.SourceVolume, clone.SizeGiB, full.SizeGiB));
        Assert.Equal(data, Read(clone.Id, 4096));
        Assert.Equal(data, Read(full.Id, 4096));
        Refused(ErrorIds.VolumeSizeInvalid, () => Create(new VolumeSpec { Volume = clone.Id, SizeGiB = 1 }));
        Refused(ErrorIds.VolumeNotFound, () => Create(new VolumeSpec { Volume = source.Id }, Stranger));
    }

    [Fact]
    public void A_clone_takes_type_zone_and_bootable_of_its_source()
    {
        AddType("fast");
        Volume source = Create(new VolumeSpec { SizeGiB = 1, VolumeType = "fast" });
        source = As(Owner).Update(source.Id, new VolumeChange { Bootable = true });

        Volume clone = Create(new VolumeSpec { Volume = source.Id });

        Assert.Equal((source.VolumeType, source.AvailabilityZone, true), (clone.VolumeType, clone.AvailabilityZone, clone.Bootable));
        Assert.Equal(source.Host, clone.Host);
    }

    [Fact]
    public void A_type_is_found_by_name_or_id_and_only_by_who_may_use_it()
    {
        VolumeType open = AddType("open");
        AddType("closed", isPublic: false);

        Assert.Equal("open", Create(new VolumeSpec { SizeGiB = 1, VolumeType = "open" }).VolumeType);
        Assert.Equal("open", Create(new VolumeSpec { SizeGiB = 1, VolumeType = open.Id.ToString("D") }).VolumeType);
        Refused(ErrorIds.VolumeTypeNotFound, () => Create(new VolumeSpec { SizeGiB = 1, VolumeType = "none" }));
        Refused(ErrorIds.VolumeTypeNotFound, () => Create(new VolumeSpec { SizeGiB = 1, VolumeType = "closed" }));
    }

    [Fact]
    public void A_type_bounds_sizes()
    {
        AddType("bounded", new Dictionary<string, string> { ["provisioning:min_vol_size"] = "2", ["provisioning:max_vol_size"] = "3" });

        Refused(ErrorIds.VolumeSizeInvalid, () => Create(new VolumeSpec { SizeGiB = 1, VolumeType = "bounded" }));
        Refused(ErrorIds.VolumeSizeInvalid, () => Create(new VolumeSpec { SizeGiB = 4, VolumeType = "bounded" }));
        Volume volume = Create(new VolumeSpec { SizeGiB = 2, VolumeType = "bounded" });
        Refused(ErrorIds.VolumeSizeInvalid, () => As(Owner).Extend(volume.Id, 4));
        Assert.Equal(3, As(Owner).Extend(volume.Id, 3).SizeGiB);
    }

    [Fact]
    public void A_zone_that_no_backend_has_is_refused()
    {
        Refused(ErrorIds.ParameterInvalid, () => Create(new VolumeSpec { SizeGiB = 1, AvailabilityZone = "mars" }));
    }

    [Fact]
    public void What_is_not_visible_is_not_found()
    {
        Volume mine = Create(new VolumeSpec { SizeGiB = 1 });

        Refused(ErrorIds.VolumeNotFound, () => As(Owner).Get(VolumeId.New()));
        Refused(ErrorIds.VolumeNotFound, () => As(Stranger).Get(mine.Id));
        Refused(ErrorIds.VolumeNotFound, () => Delete(mine.Id, identity: Stranger));
        Refused(ErrorIds.VolumeNotFound, () => As(Stranger).Extend(mine.Id, 2));
        Refused(ErrorIds.VolumeNotFound, () => As(Stranger).CreateSnapshot(mine.Id, new SnapshotSpec()));
        Assert.Equal(mine.Id, As(Admin).Get(mine.Id).Id);
        Assert.Equal(mine.Id, As(Reader).Get(mine.Id).Id);
    }

    [Fact]
    public void Readers_look_and_do_not_touch()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Refused(ErrorIds.NotAuthorized, () => Create(new VolumeSpec { SizeGiB = 1 }, Reader));
        Refused(ErrorIds.NotAuthorized, () => Delete(volume.Id, identity: Reader));
        Refused(ErrorIds.NotAuthorized, () => As(Reader).Update(volume.Id, new VolumeChange { Name = "x" }));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).ResetState(volume.Id, VolumeStatus.Error, null, false));
        Assert.Single(As(Reader).List(new VolumeQuery()));
    }

    [Fact]
    public void A_list_holds_what_was_asked_for()
    {
        Volume a = Create(new VolumeSpec { Name = "alpha", SizeGiB = 1, Metadata = new Dictionary<string, string> { ["k"] = "1" } });
        Volume b = Create(new VolumeSpec { Name = "[beta]", SizeGiB = 1 });
        Volume other = Create(new VolumeSpec { Name = "alpha", SizeGiB = 1 }, Stranger);

        Assert.Equal([a.Id, b.Id], Ids(new VolumeQuery()));
        Assert.Equal([a.Id], Ids(new VolumeQuery { NamePatterns = ["ALP*"] }));
        Assert.Equal([b.Id], Ids(new VolumeQuery { NamePatterns = ["`[b?ta`]"] }));
        Assert.Equal([a.Id], Ids(new VolumeQuery { NamePatterns = ["[a-c]lpha", "none"] }));
        Assert.Equal([b.Id], Ids(new VolumeQuery { Ids = [b.Id.Value] }));
        Assert.Equal([a.Id], Ids(new VolumeQuery { Metadata = new Dictionary<string, string> { ["k"] = "1" } }));
        Assert.Empty(Ids(new VolumeQuery { Statuses = ["error"] }));
        Assert.Equal([a.Id, b.Id], Ids(new VolumeQuery { Backend = a.Host, AvailabilityZone = "nova", Bootable = false }));
        Assert.Equal([a.Id, b.Id, other.Id], As(Admin).List(new VolumeQuery { AllProjects = true }).Select(volume => volume.Id));
        Assert.Equal([other.Id], As(Admin).List(new VolumeQuery { Project = "two" }).Select(volume => volume.Id));
        Assert.Empty(Ids(new VolumeQuery { Project = "two" }));
        Assert.Equal([a.Id, b.Id], Ids(new VolumeQuery { AllProjects = true }));

        IEnumerable<VolumeId> Ids(VolumeQuery query) => As(Owner).List(query).Select(volume => volume.Id);
    }

    [Fact]
    public void A_change_sets_what_it_names_and_nothing_else()
    {
        Volume volume = Create(new VolumeSpec { Name = "a", SizeGiB = 1, Metadata = new Dictionary<string, string> { ["p"] = "1", ["q"] = "2" } });

        Volume changed = As(Owner).Update(volume.Id, new VolumeChange
        {
            Description = "d",
            Bootable = true,
            ReadOnly = true,
            SetMetadata = new Dictionary<string, string> { ["q"] = "3", ["r"] = "4" },
            RemoveMetadata = ["p"],
        });

        Assert.Equal(("a", "d", true, true), (changed.Name, changed.Description, changed.Bootable, changed.ReadOnly));
        Assert.Equal(["q=3", "r=4"], changed.Metadata.Select(p => $"{p.Key}={p.Value}").Order());
        Assert.Equal(changed.Metadata, As(Owner).Get(volume.Id).Metadata);
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Update(volume.Id, new VolumeChange { RemoveMetadata = ["p"] }));
    }

    protected Volume Create(VolumeSpec spec, Identity? identity = null) => As(identity ?? Owner).Create(spec, new WorkProgress(), CancellationToken.None);

    protected void Delete(VolumeId volume, VolumeDeletion? how = null, Identity? identity = null) =>
        As(identity ?? Owner).Delete(volume, how ?? new VolumeDeletion(), new WorkProgress(), CancellationToken.None);

    protected void DeleteSnapshot(SnapshotId snapshot, bool force = false, Identity? identity = null) =>
        As(identity ?? Owner).DeleteSnapshot(snapshot, force, new WorkProgress(), CancellationToken.None);

    protected static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
