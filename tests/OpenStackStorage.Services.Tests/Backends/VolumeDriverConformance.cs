using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>What every driver of volumes has to do, whatever it keeps them in. What it says it can't is not asked of it.</summary>
public abstract partial class VolumeDriverConformance
{
    private readonly Lazy<DriverClient> _client;

    protected VolumeDriverConformance() => _client = new(() => new DriverClient(Open()));

    /// <summary>The driver of an empty backend, which has room for several sparse GiB. Called again it opens the same backend.</summary>
    protected abstract IVolumeDriver Open();

    private protected DriverClient Client => _client.Value;

    [Fact]
    public void A_new_volume_has_its_size_and_reads_as_zeroes()
    {
        VolumeId volume = Client.Create(2);

        Assert.Equal(2 * DriverClient.GiB, Client.Size(volume));
        Assert.Equal(new byte[4096], Client.Read(volume, 0, 4096));
        Assert.Equal(new byte[4096], Client.Read(volume, (2 * DriverClient.GiB) - 4096, 4096));
    }

    [Fact]
    public void What_is_written_is_read_by_another_process()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 12345, 1, 2, 3);

        using DiskImage image = Open().Open(Client.Volumes[volume], snapshot: null);
        byte[] read = new byte[5];
        new ImageReader(image).Read(new GuestOffset(12344), read);

        Assert.Equal([0, 1, 2, 3, 0], read);
    }

    [Fact]
    public void A_volume_of_an_image_starts_with_it_and_goes_on_with_zeroes()
    {
        byte[] content = TestImages.Mixed(1_000_448);
        VolumeId volume = Client.CreateFrom(content);

        Assert.Equal(content, Client.Read(volume, 0, content.Length));
        Assert.Equal(new byte[4096], Client.Read(volume, content.Length, 4096));
        Assert.Equal(DriverClient.GiB, Client.Size(volume));
    }

    [Fact]
    public void An_image_that_is_larger_than_the_volume_is_refused_and_leaves_nothing()
    {
        Volume volume = DriverClient.NewVolume();
        using DiskImage image = ImageFormats.Open(new HoleDevice(DriverClient.GiB + 512), new ImageOpenOptions { Format = DiskImageFormat.Raw });

        StorageException error = Assert.Throws<ServiceException>(() => Client.Driver.CreateFrom(volume, image, new WorkProgress(), CancellationToken.None));

        error.AssertId(ErrorIds.VolumeSizeInvalid);
        Assert.Empty(Client.Driver.FindOrphans(new HashSet<VolumeId>()));
    }

    [Fact]
    public void A_stopped_copy_leaves_nothing()
    {
        Volume volume = DriverClient.NewVolume();
        using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("content", TestImages.Mixed(1 << 20)), new ImageOpenOptions { Format = DiskImageFormat.Raw });

        Assert.ThrowsAny<OperationCanceledException>(() => Client.Driver.CreateFrom(volume, image, new WorkProgress(), new CancellationToken(canceled: true)));

        Assert.Empty(Client.Driver.FindOrphans(new HashSet<VolumeId>()));
    }

    [Fact]
    public void A_volume_is_open_for_writing_only_once_and_says_so_by_name()
    {
        VolumeId volume = Client.Create();
        using WritableImage held = Client.Driver.OpenWritable(Client.Volumes[volume]);

        Assert.Throws<StorageException>(() => Open().OpenWritable(Client.Volumes[volume])).AssertId(ErrorIds.ImageInUse);
        Assert.Throws<StorageException>(() => Open().Open(Client.Volumes[volume], snapshot: null)).AssertId(ErrorIds.ImageInUse);
        Assert.Throws<StorageException>(() => Client.Delete(volume)).AssertId(ErrorIds.ImageInUse);
        if (!Client.Driver.Capabilities.SnapshotInUse)
            Assert.Throws<StorageException>(() => Client.Snapshot(volume)).AssertId(ErrorIds.ImageInUse);
        if (!Client.Driver.Capabilities.ExtendInUse)
            Assert.Throws<StorageException>(() => Client.Extend(volume, 2)).AssertId(ErrorIds.ImageInUse);
        held.Dispose();
        Assert.Empty(Client.Inspect(volume));
    }

    [Fact]
    public void Deleting_what_is_not_there_is_no_error()
    {
        Volume gone = DriverClient.NewVolume() with { DriverState = Client.Volumes[Client.Create()].DriverState };
        VolumeId volume = Client.Create();

        Client.Driver.Delete(gone, 0, new WorkProgress(), CancellationToken.None);
        Client.Driver.Delete(DriverClient.NewVolume(), null, new WorkProgress(), CancellationToken.None);
        Client.Driver.DeleteSnapshot(Client.Volumes[volume], DriverClient.NewSnapshot(Client.Volumes[volume]), new WorkProgress(), CancellationToken.None);

        Assert.Empty(Client.Inspect(volume));
    }

    [Fact]
    public void A_deleted_volume_is_gone()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 0, 1);
        Client.Delete(volume, clearMiB: null);

        Assert.Empty(Client.Driver.FindOrphans(new HashSet<VolumeId>()));
    }

    [Fact]
    public void An_id_that_is_taken_is_refused_and_its_data_stays()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 0, 1);

        Assert.Throws<ServiceException>(() => Client.Driver.Create(Client.Volumes[volume])).AssertId(ErrorIds.VolumeConflict);

        Assert.Equal([1], Client.Read(volume, 0, 1));
    }

    [Fact]
    public void An_extended_volume_keeps_its_data_and_reads_as_zeroes_behind_it()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, DriverClient.GiB - 1, 7);
        Client.Extend(volume, 3);

        Assert.Equal(3 * DriverClient.GiB, Client.Size(volume));
        Assert.Equal([7, 0, 0], Client.Read(volume, DriverClient.GiB - 1, 3));
    }

    [Fact]
    public void A_pool_tells_what_it_has()
    {
        Client.Driver.Check();
        DriverPool pool = Assert.Single(Client.Driver.GetPools());

        Assert.NotEmpty(pool.Name);
        Assert.True(pool.TotalGiB is null || pool.TotalGiB >= pool.FreeGiB);
        Assert.True(pool.Thin || pool.Thick);
        Assert.NotEmpty(pool.Capabilities["storage_protocol"]);
    }

    [Fact]
    public void To_recover_what_is_whole_changes_nothing()
    {
        VolumeId volume = Client.Create(2);
        SnapshotId snapshot = Client.Snapshot(volume);
        Client.Write(volume, 5, 5);

        DriverTruth truth = Client.Recover(volume);
        DriverTruth again = Client.Recover(volume);

        Assert.Equal((true, 2), (truth.Exists, truth.SizeGiB));
        Assert.Equal([snapshot], truth.Snapshots);
        Assert.Equal(truth.State, again.State);
        Assert.Equal([5], Client.Read(volume, 5, 1));
        Assert.Empty(Client.Inspect(volume));
    }

    [Fact]
    public void A_volume_that_nobody_knows_is_found()
    {
        VolumeId known = Client.Create();
        VolumeId unknown = Client.Create();

        DriverFinding finding = Assert.Single(Client.Driver.FindOrphans(new HashSet<VolumeId> { known }));

        Assert.Equal("Orphan", finding.Code);
        Assert.Contains(unknown.ToString(), finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_that_is_given_back_can_be_taken_over_again()
    {
        VolumeId volume = Client.Create();
        Client.Write(volume, 100, 9);

        string reference = Client.Driver.Unmanage(Client.Volumes[volume]);
        ManageableVolume listed = Assert.Single(Client.Driver.ListManageable());
        Volume taken = DriverClient.NewVolume();
        (IReadOnlyDictionary<string, string> state, int size) = Client.Driver.Manage(taken, reference);
        Client.Keep(taken, state);

        Assert.Equal((reference, 1, null), (listed.Reference, listed.SizeGiB, listed.Obstacle));
        Assert.Equal(1, size);
        Assert.Equal([9], Client.Read(taken.Id, 100, 1));
        Assert.Empty(Client.Driver.ListManageable());
    }
}

/// <summary>A disk of zeroes that takes no room.</summary>
internal sealed class HoleDevice(long length) : BlockDevice
{
    public override string Path => "(hole)";

    public override long Length => length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(length - offset.Value, 0, buffer.Length);
        buffer[..count].Clear();
        return count;
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override HostExtent ExtentAt(HostOffset offset, HostOffset end) => new(offset, end - offset, IsData: false);
}
