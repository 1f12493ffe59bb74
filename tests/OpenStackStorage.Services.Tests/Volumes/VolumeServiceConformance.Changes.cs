using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

public abstract partial class VolumeServiceConformance
{
    [Fact]
    public void A_deleted_volume_is_gone()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Delete(volume.Id);

        Refused(ErrorIds.VolumeNotFound, () => As(Owner).Get(volume.Id));
        Refused(ErrorIds.VolumeNotFound, () => Delete(volume.Id));
        Assert.Empty(As(Owner).List(new VolumeQuery()));
    }

    [Fact]
    public void A_volume_with_snapshots_goes_with_them_or_not_at_all()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot first = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());

        Assert.Contains(first.Id.ToString(), Refused(ErrorIds.VolumeConflict, () => Delete(volume.Id)).Message, StringComparison.Ordinal);
        Refused(ErrorIds.VolumeConflict, () => Delete(volume.Id, new VolumeDeletion { Force = true }, Admin));
        Delete(volume.Id, new VolumeDeletion { Cascade = true });

        Refused(ErrorIds.VolumeNotFound, () => As(Owner).Get(volume.Id));
        Refused(ErrorIds.SnapshotNotFound, () => As(Owner).GetSnapshot(first.Id));
    }

    [Fact]
    public void Force_is_for_admins_and_takes_any_status()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        As(Admin).ResetState(volume.Id, VolumeStatus.Extending, null, false);

        Refused(ErrorIds.VolumeConflict, () => Delete(volume.Id));
        Refused(ErrorIds.NotAuthorized, () => Delete(volume.Id, new VolumeDeletion { Force = true }));
        Delete(volume.Id, new VolumeDeletion { Force = true }, Admin);

        Refused(ErrorIds.VolumeNotFound, () => As(Owner).Get(volume.Id));
    }

    [Fact]
    public void A_source_may_go_and_its_clone_stays()
    {
        byte[] data = Samples.Noise(4096);
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(source.Id, data);
        Volume clone = Create(new VolumeSpec { Volume = source.Id });

        Delete(source.Id);

        Assert.Equal(data, Read(clone.Id, 4096));
        Delete(clone.Id);
    }

    [Fact]
    public void A_volume_grows_and_never_shrinks()
    {
        byte[] data = Samples.Noise(4096);
        Volume volume = Create(new VolumeSpec { SizeGiB = 2 });
        Overwrite(volume.Id, data);

        Refused(ErrorIds.VolumeSizeInvalid, () => As(Owner).Extend(volume.Id, 1));
        Refused(ErrorIds.VolumeSizeInvalid, () => As(Owner).Extend(volume.Id, 2));
        Volume grown = As(Owner).Extend(volume.Id, 3);

        Assert.Equal((VolumeStatus.Available, 3), (grown.Status, grown.SizeGiB));
        Assert.Equal(data, Read(volume.Id, 4096));
    }

    [Theory]
    [InlineData(VolumeStatus.Error)]
    [InlineData(VolumeStatus.Maintenance)]
    [InlineData(VolumeStatus.InUse)]
    public void A_volume_that_is_not_available_does_not_grow_is_not_snapshotted_and_not_reverted(VolumeStatus status)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot snapshot = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        SetStatus(volume.Id, status);

        Refused(ErrorIds.VolumeConflict, () => As(Owner).Extend(volume.Id, 2));
        Refused(ErrorIds.VolumeConflict, () => As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec()));
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Revert(volume.Id, snapshot.Id));
        Assert.Equal(status, As(Owner).Get(volume.Id).Status);
    }

    /// <summary>Brings a volume into a status, with an attachment where it needs one.</summary>
    protected abstract void SetStatus(VolumeId volume, VolumeStatus status);

    [Fact]
    public void A_snapshot_keeps_the_content_of_its_moment()
    {
        byte[] before = Samples.Noise(4096);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(volume.Id, before);
        VolumeSnapshot snapshot = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec { Name = "s", Metadata = new Dictionary<string, string> { ["a"] = "b" } });
        Overwrite(volume.Id, Samples.Noise(4096, seed: 9));

        Volume made = Create(new VolumeSpec { Snapshot = snapshot.Id });

        Assert.Equal((SnapshotStatus.Available, 1, volume.Id, "one"), (snapshot.Status, snapshot.SizeGiB, snapshot.Volume, snapshot.Project));
        Assert.Equal("b", As(Owner).GetSnapshot(snapshot.Id).Metadata["a"]);
        Assert.Equal(snapshot.Id, made.SourceSnapshot);
        Assert.Equal(before, Read(made.Id, 4096));
    }

    [Fact]
    public void Going_back_is_to_the_latest_snapshot_alone()
    {
        byte[] before = Samples.Noise(4096);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot first = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        Overwrite(volume.Id, before);
        VolumeSnapshot second = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        Overwrite(volume.Id, Samples.Noise(4096, seed: 9));

        Assert.Contains(second.Id.ToString(), Refused(ErrorIds.VolumeConflict, () => As(Owner).Revert(volume.Id, first.Id)).Message, StringComparison.Ordinal);
        Volume reverted = As(Owner).Revert(volume.Id, second.Id);

        Assert.Equal(VolumeStatus.Available, reverted.Status);
        Assert.Equal(SnapshotStatus.Available, As(Owner).GetSnapshot(second.Id).Status);
        Assert.Equal(before, Read(volume.Id, 4096));
        As(Owner).Extend(volume.Id, 2);
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Revert(volume.Id, second.Id));
    }

    [Fact]
    public void Snapshots_go_in_any_order_and_the_volume_stays_what_it_is()
    {
        byte[] now = Samples.Noise(4096, seed: 3);
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Overwrite(volume.Id, Samples.Noise(4096, seed: 1));
        VolumeSnapshot first = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        Overwrite(volume.Id, Samples.Noise(4096, seed: 2));
        VolumeSnapshot second = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        Overwrite(volume.Id, now);

        DeleteSnapshot(first.Id);
        Volume middle = Create(new VolumeSpec { Snapshot = second.Id });
        DeleteSnapshot(second.Id);

        Assert.Equal(now, Read(volume.Id, 4096));
        Assert.Equal(Samples.Noise(4096, seed: 2), Read(middle.Id, 4096));
        Refused(ErrorIds.SnapshotNotFound, () => DeleteSnapshot(first.Id));
        Assert.Empty(As(Owner).ListSnapshots(new VolumeQuery()));
    }

    [Fact]
    public void Snapshots_are_listed_changed_and_hidden_as_volumes_are()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Volume other = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot a = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec { Name = "a" });
        VolumeSnapshot b = As(Owner).CreateSnapshot(other.Id, new SnapshotSpec { Name = "b" });

        VolumeSnapshot changed = As(Owner).UpdateSnapshot(a.Id, new VolumeChange { Name = "c", SetMetadata = new Dictionary<string, string> { ["k"] = "v" } });

        Assert.Equal(("c", "v"), (changed.Name, changed.Metadata["k"]));
        Assert.Equal([a.Id, b.Id], As(Owner).ListSnapshots(new VolumeQuery()).Select(one => one.Id));
        Assert.Equal([a.Id], As(Owner).ListSnapshots(new VolumeQuery { Volume = volume.Id }).Select(one => one.Id));
        Assert.Equal([b.Id], As(Owner).ListSnapshots(new VolumeQuery { NamePatterns = ["b"] }).Select(one => one.Id));
        Assert.Empty(As(Stranger).ListSnapshots(new VolumeQuery()));
        Refused(ErrorIds.SnapshotNotFound, () => As(Stranger).GetSnapshot(a.Id));
        Refused(ErrorIds.SnapshotNotFound, () => DeleteSnapshot(a.Id, identity: Stranger));
        Refused(ErrorIds.NotAuthorized, () => DeleteSnapshot(a.Id, identity: Reader));
        Refused(ErrorIds.ParameterInvalid, () => As(Owner).UpdateSnapshot(a.Id, new VolumeChange { Bootable = true }));
    }

    [Fact]
    public void A_status_is_set_by_hand_but_not_to_what_an_operation_takes()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Assert.Equal(VolumeStatus.Error, As(Admin).ResetState(volume.Id, VolumeStatus.Error, null, false).Status);
        Refused(ErrorIds.ParameterInvalid, () => As(Admin).ResetState(volume.Id, VolumeStatus.Deleting, null, false));
        Refused(ErrorIds.ParameterInvalid, () => As(Admin).ResetState(volume.Id, VolumeStatus.Detaching, null, false));
        Refused(ErrorIds.VolumeConflict, () => As(Admin).ResetState(volume.Id, VolumeStatus.InUse, null, false));
        Assert.Equal(VolumeStatus.Available, As(Admin).ResetState(volume.Id, VolumeStatus.Available, null, true).Status);
    }

    [Fact]
    public void A_dry_run_refuses_the_same_and_changes_nothing()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot snapshot = As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        IVolumeService dry = As(Owner).DryRun();

        Assert.Equal(VolumeStatus.Creating, dry.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None).Status);
        dry.Extend(volume.Id, 2);
        dry.Revert(volume.Id, snapshot.Id);
        dry.CreateSnapshot(volume.Id, new SnapshotSpec());
        dry.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None);
        dry.Delete(volume.Id, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);
        Refused(ErrorIds.VolumeConflict, () => dry.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.VolumeSizeInvalid, () => dry.Extend(volume.Id, 1));

        Volume still = Assert.Single(As(Owner).List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.Available, 1), (still.Status, still.SizeGiB));
        Assert.Equal(SnapshotStatus.Available, Assert.Single(As(Owner).ListSnapshots(new VolumeQuery())).Status);
    }

    [Fact]
    public void A_sound_volume_has_no_findings()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        As(Owner).CreateSnapshot(volume.Id, new SnapshotSpec());

        Assert.Empty(As(Owner).Check(volume.Id, deep: true, new WorkProgress(), CancellationToken.None));
        Assert.Empty(As(Owner).Repair(volume.Id));
    }
}
