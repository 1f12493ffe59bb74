using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

public abstract partial class VolumeServiceConformance
{
    /// <summary>Images as the owner may use them.</summary>
    protected abstract IImageService Images { get; }

    [Theory]
    [InlineData(VolumeStatus.Available)]
    [InlineData(VolumeStatus.Error)]
    public void A_volume_becomes_again_what_an_image_is(VolumeStatus status)
    {
        byte[] data = Samples.Noise(1 << 20);
        Image image = UploadImage(Samples.Qcow2(data), ImageDiskFormat.Qcow2);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(volume.Id, Samples.Noise(3 << 20, seed: 3));
        SetStatus(volume.Id, status);

        Volume again = As(Owner).Reimage(volume.Id, image.Id, reimageReserved: false, new WorkProgress(), CancellationToken.None);

        Assert.Equal((VolumeStatus.Available, image.Id), (again.Status, again.SourceImage));
        Assert.Equal(image.Id.ToString(), again.ImageMetadata["image_id"]);
        Assert.Equal([.. data, .. new byte[2 << 20]], Read(volume.Id, 3 << 20));
    }

    [Fact]
    public void A_reserved_volume_gets_another_image_only_where_that_is_said()
    {
        Image image = UploadImage(Samples.Noise(4096), ImageDiskFormat.Raw);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        As(Owner).Attach(volume.Id, new AttachmentSpec());

        Refused(ErrorIds.VolumeConflict, () => As(Owner).Reimage(volume.Id, image.Id, reimageReserved: false, new WorkProgress(), CancellationToken.None));
        Volume again = As(Owner).Reimage(volume.Id, image.Id, reimageReserved: true, new WorkProgress(), CancellationToken.None);

        Assert.Equal(VolumeStatus.Reserved, again.Status);
    }

    [Fact]
    public void An_image_that_does_not_fit_is_refused_before_anything_is_written()
    {
        Image large = UploadImage(Samples.Noise(4096), ImageDiskFormat.Raw, spec => spec with { MinDisk = 2 });
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        byte[] data = Samples.Noise(4096, seed: 9);
        Overwrite(volume.Id, data);

        Refused(ErrorIds.VolumeSizeInvalid, () => As(Owner).Reimage(volume.Id, large.Id, false, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.ImageConflict, () => As(Owner).Reimage(volume.Id, NewImage().Id, false, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.NotAuthorized, () => As(Reader).Reimage(volume.Id, large.Id, false, new WorkProgress(), CancellationToken.None));

        Assert.Equal((VolumeStatus.Available, data[0]), (As(Owner).Get(volume.Id).Status, Read(volume.Id, 1)[0]));
    }

    [Theory]
    [InlineData(ImageDiskFormat.Qcow2)]
    [InlineData(ImageDiskFormat.Vmdk)]
    public void An_image_is_made_of_a_volume_and_says_what_the_volumes_image_said(ImageDiskFormat format)
    {
        byte[] data = Samples.Noise(1 << 20);
        Image source = UploadImage(data, ImageDiskFormat.Raw, spec => spec with { MinRam = 64, Properties = new Dictionary<string, string> { ["os_distro"] = "debian" } });
        Volume volume = Create(new VolumeSpec { Image = source.Id });

        Image image = As(Owner).Export(volume.Id, new VolumeExport { Name = "made", DiskFormat = format, Visibility = ImageVisibility.Private, Protected = true }, new WorkProgress(), CancellationToken.None);

        Assert.Equal((ImageStatus.Active, "made", format, ImageContainerFormat.Bare), (image.Status, image.Name, image.DiskFormat, image.ContainerFormat));
        Assert.Equal((1L << 30, 1, 64, true, ImageVisibility.Private), (image.VirtualSize, image.MinDisk, image.MinRam, image.Protected, image.Visibility));
        Assert.Equal("os_distro=debian", string.Join(" ", image.Properties.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
        Volume copy = Create(new VolumeSpec { Image = image.Id });
        Assert.Equal(data, Read(copy.Id, data.Length));
    }

    [Fact]
    public void An_image_is_made_of_what_is_available_and_public_ones_by_admins()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Refused(ErrorIds.ParameterInvalid, () => Export(new VolumeExport { Name = "x", DiskFormat = ImageDiskFormat.Ploop }));
        Refused(ErrorIds.NotAuthorized, () => Export(new VolumeExport { Name = "x", Visibility = ImageVisibility.Public }));
        SetStatus(volume.Id, VolumeStatus.InUse);
        Refused(ErrorIds.VolumeConflict, () => Export(new VolumeExport { Name = "x" }));
        Image image = Export(new VolumeExport { Name = "x", Force = true });

        Assert.Equal(ImageStatus.Active, image.Status);
        Assert.Equal(VolumeStatus.InUse, As(Owner).Get(volume.Id).Status);
        Assert.Equal([image.Id], Images.List(new ImageQuery()).Select(one => one.Id));

        Image Export(VolumeExport export) => As(Owner).Export(volume.Id, export, new WorkProgress(), CancellationToken.None);
    }

    [Fact]
    public void A_disk_that_looks_like_another_format_is_not_taken_for_it()
    {
        byte[] inner = Samples.Qcow2(Samples.Noise(4096));
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(volume.Id, inner);

        Image image = As(Owner).Export(volume.Id, new VolumeExport { Name = "x" }, new WorkProgress(), CancellationToken.None);

        Assert.Equal(1L << 30, image.VirtualSize);
        Assert.Equal(inner, Read(Create(new VolumeSpec { Image = image.Id }).Id, inner.Length));
    }

    [Fact]
    public void A_flat_volume_reads_the_same_and_shares_nothing()
    {
        byte[] data = Samples.Noise(1 << 20);
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(source.Id, data);
        Volume clone = Create(new VolumeSpec { Volume = source.Id });

        Volume flat = As(Owner).Flatten(clone.Id, new WorkProgress(), CancellationToken.None);

        Assert.Equal(VolumeStatus.Available, flat.Status);
        Assert.Equal(data, Read(clone.Id, data.Length));
        Delete(source.Id);
        Assert.Equal(data, Read(clone.Id, data.Length));
        SetStatus(clone.Id, VolumeStatus.Extending);
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Flatten(clone.Id, new WorkProgress(), CancellationToken.None));
    }

    [Fact]
    public void A_dry_run_of_new_content_refuses_the_same_and_writes_nothing()
    {
        Image image = UploadImage(Samples.Noise(4096), ImageDiskFormat.Raw);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        IVolumeService dry = As(Owner).DryRun();

        dry.Reimage(volume.Id, image.Id, false, new WorkProgress(), CancellationToken.None);
        dry.Flatten(volume.Id, new WorkProgress(), CancellationToken.None);
        dry.Export(volume.Id, new VolumeExport { Name = "x" }, new WorkProgress(), CancellationToken.None);

        Assert.Equal(new byte[16], Read(volume.Id, 16));
        Assert.Equal([image.Id], Images.List(new ImageQuery()).Select(one => one.Id));
        SetStatus(volume.Id, VolumeStatus.Maintenance);
        Refused(ErrorIds.VolumeConflict, () => dry.Reimage(volume.Id, image.Id, false, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.VolumeConflict, () => dry.Flatten(volume.Id, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.VolumeConflict, () => dry.Export(volume.Id, new VolumeExport { Name = "x" }, new WorkProgress(), CancellationToken.None));
    }

    [Fact]
    public void Dependencies_are_a_tree_from_the_image_to_the_last_clone()
    {
        Image image = UploadImage(Samples.Noise(4096), ImageDiskFormat.Raw);
        Volume first = Create(new VolumeSpec { Name = "first", Image = image.Id });
        VolumeSnapshot snapshot = As(Owner).CreateSnapshot(first.Id, new SnapshotSpec { Name = "kept" });
        Volume clone = Create(new VolumeSpec { Name = "clone", Snapshot = snapshot.Id });
        Create(new VolumeSpec { Name = "foreign", Image = UploadImage(Samples.Noise(8192), ImageDiskFormat.Raw).Id });

        VolumeDependency root = As(Owner).GetDependency(clone.Id);

        Assert.Equal(("Image", image.Id.ToString(), "i"), (root.Kind, root.Id, root.Name));
        VolumeDependency[] all = [.. All(root)];
        Assert.Equal(clone.Id.ToString(), Assert.Single(all, node => node.IsSubject).Id);
        VolumeDependency volume = Assert.Single(all, node => node.Id == first.Id.ToString());
        VolumeDependency kept = Assert.Single(volume.Children);
        Assert.Equal(("Snapshot", "kept", snapshot.Id.ToString()), (kept.Kind, kept.Name, kept.Id));
        Assert.Equal(("Volume", "clone"), (kept.Children.Single().Kind, kept.Children.Single().Name));
        Assert.DoesNotContain(all, node => node.Name == "foreign");
        Refused(ErrorIds.VolumeNotFound, () => As(Stranger).GetDependency(clone.Id));

        static IEnumerable<VolumeDependency> All(VolumeDependency node) => node.Children.SelectMany(All).Prepend(node);
    }
}
