namespace OpenStackStorage.Services.Tests;

/// <content>Snapshots and clones.</content>
public abstract partial class VolumeDriverConformance
{
    private bool CanLink => Client.Driver.Capabilities.LinkedClones;

    [Fact]
    public void A_snapshot_keeps_what_the_volume_was()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 10, 1);
        SnapshotId first = Client.Snapshot(volume);
        Client.Write(volume, 10, 2);
        SnapshotId second = Client.Snapshot(volume);
        Client.Write(volume, 10, 3);

        Assert.Equal([1], Client.Read(volume, 10, 1, first));
        Assert.Equal([2], Client.Read(volume, 10, 1, second));
        Assert.Equal([3], Client.Read(volume, 10, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Deleting_a_snapshot_changes_neither_the_volume_nor_other_snapshots(int deleted)
    {
        VolumeId volume = Client.Create();
        List<SnapshotId> snapshots = [];
        for (byte at = 0; at < 3; at++)
        {
            Client.Write(volume, 1000 * at, (byte)(at + 1));
            Client.Write(volume, 50_000, (byte)(at + 1));
            snapshots.Add(Client.Snapshot(volume));
        }

        Client.Write(volume, 50_000, 4);
        Client.DeleteSnapshot(snapshots[deleted]);

        foreach (int left in new[] { 0, 1, 2 }.Where(at => at != deleted))
        {
            Assert.Equal([(byte)(left + 1)], Client.Read(volume, 50_000, 1, snapshots[left]));
            Assert.Equal([(byte)(left == 2 ? 3 : 0)], Client.Read(volume, 2000, 1, snapshots[left]));
        }

        Assert.Equal([4], Client.Read(volume, 50_000, 1));
        Assert.Equal([1], Client.Read(volume, 0, 1));
        Assert.Empty(Client.Inspect(volume));
    }

    [Fact]
    public void When_the_last_snapshot_goes_the_volume_is_as_if_it_never_had_one()
    {
        VolumeId volume = Client.Create();
        int layers = Client.Driver.GetLayers(Client.Volumes[volume]).Count;
        SnapshotId first = Client.Snapshot(volume);
        Client.Write(volume, 0, 1);
        SnapshotId second = Client.Snapshot(volume);
        Client.Write(volume, 1, 2);

        Client.DeleteSnapshot(first);
        Client.DeleteSnapshot(second);

        Assert.Equal(layers, Client.Driver.GetLayers(Client.Volumes[volume]).Count);
        Assert.Equal([1, 2], Client.Read(volume, 0, 2));
        Client.Delete(volume);
        Assert.Empty(Client.Driver.FindOrphans(new HashSet<VolumeId>()));
    }

    [Fact]
    public void Revert_brings_back_the_content_and_keeps_the_size()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 10, 1);
        SnapshotId snapshot = Client.Snapshot(volume);
        Client.Write(volume, 10, 2);
        Client.Extend(volume, 2);
        Client.Write(volume, DriverClient.GiB + 1, 3);

        Client.Revert(snapshot);

        Assert.Equal([1], Client.Read(volume, 10, 1));
        Assert.Equal([0], Client.Read(volume, DriverClient.GiB + 1, 1));
        Assert.Equal(2 * DriverClient.GiB, Client.Size(volume));
        Assert.Equal(DriverClient.GiB, Client.Size(volume, snapshot));
        Assert.Empty(Client.Inspect(volume));
    }

    [Fact]
    public void Only_the_latest_snapshot_is_reverted_to()
    {
        VolumeId volume = Client.Create();
        SnapshotId first = Client.Snapshot(volume);
        Client.Snapshot(volume);

        Assert.Throws<ServiceException>(() => Client.Revert(first)).AssertId(ErrorIds.VolumeConflict);
    }

    [Fact]
    public void A_snapshot_that_is_not_there_is_named()
    {
        VolumeId volume = Client.Create();
        VolumeSnapshot unknown = DriverClient.NewSnapshot(Client.Volumes[volume]);

        ServiceException error = Assert.Throws<ServiceException>(() => Client.Driver.Open(Client.Volumes[volume], unknown));

        error.AssertId(ErrorIds.SnapshotNotFound);
        Assert.Equal(unknown.Id.ToString(), error.Target);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_clone_and_its_source_go_their_own_ways(bool linked)
    {
        if (linked && !CanLink)
            return;
        VolumeId source = Client.Create();
        Client.Write(source, 10, 1);
        VolumeId clone = Client.Clone(source, linked: linked, sizeGiB: 2);
        Client.Write(source, 10, 2);
        Client.Write(clone, 20, 3);

        Assert.Equal([1], Client.Read(clone, 10, 1));
        Assert.Equal([2], Client.Read(source, 10, 1));
        Assert.Equal([0], Client.Read(source, 20, 1));
        Assert.Equal(2 * DriverClient.GiB, Client.Size(clone));
        Client.Delete(source);
        Assert.Equal([1], Client.Read(clone, 10, 1));
        Client.Delete(clone);
        Assert.Empty(Client.Driver.FindOrphans(new HashSet<VolumeId>()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_clone_of_a_snapshot_stays_when_that_goes(bool linked)
    {
        if (linked && !CanLink)
            return;
        VolumeId source = Client.Create();
        Client.Write(source, 10, 1);
        SnapshotId snapshot = Client.Snapshot(source);
        Client.Write(source, 10, 2);
        VolumeId clone = Client.Clone(source, snapshot, linked);

        Client.DeleteSnapshot(snapshot);
        Client.Write(source, 10, 3);

        Assert.Equal([1], Client.Read(clone, 10, 1));
        Assert.Equal([3], Client.Read(source, 10, 1));
        Assert.Empty(Client.Inspect(source));
        Assert.Empty(Client.Inspect(clone));
    }

    [Fact]
    public void A_flat_volume_shares_nothing_and_keeps_its_snapshots()
    {
        if (!CanLink)
            return;
        VolumeId source = Client.Create();
        Client.Write(source, 10, 1);
        VolumeId clone = Client.Clone(source, linked: true);
        SnapshotId snapshot = Client.Snapshot(clone);
        Client.Write(clone, 10, 2);

        Client.Flatten(clone);

        Assert.All(Client.Driver.GetLayers(Client.Volumes[clone]), layer => Assert.Equal(clone, layer.Volume));
        Client.Delete(source);
        Assert.Equal([1], Client.Read(clone, 10, 1, snapshot));
        Assert.Equal([2], Client.Read(clone, 10, 1));
        Assert.Empty(Client.Inspect(clone));
    }

    [Fact]
    public void Clones_of_one_volume_cost_it_one_layer_as_long_as_it_is_not_written()
    {
        if (!CanLink)
            return;
        VolumeId source = Client.Create();
        Client.Write(source, 10, 1);
        VolumeId first = Client.Clone(source, linked: true);
        int layers = Client.Driver.GetLayers(Client.Volumes[source]).Count;
        VolumeId second = Client.Clone(source, linked: true);
        VolumeId third = Client.Clone(second, linked: true);

        Assert.Equal(layers, Client.Driver.GetLayers(Client.Volumes[source]).Count);
        Assert.Equal(Client.Driver.GetLayers(Client.Volumes[first])[1].Name, Client.Driver.GetLayers(Client.Volumes[third])[1].Name);
        Assert.Equal([1], Client.Read(third, 10, 1));
    }

    [Fact]
    public void Layers_are_told_from_the_top_with_their_owners_and_snapshots()
    {
        VolumeId volume = Client.Create();
        SnapshotId snapshot = Client.Snapshot(volume);

        IReadOnlyList<DriverLayer> layers = Client.Driver.GetLayers(Client.Volumes[volume]);

        Assert.All(layers, layer => Assert.Equal(volume, layer.Volume));
        Assert.Null(layers[^1].Parent);
        Assert.Equal(layers.Skip(1).Select(layer => layer.Name), layers.SkipLast(1).Select(layer => layer.Parent));
        Assert.Single(layers, layer => layer.Snapshot == snapshot);
    }
}
