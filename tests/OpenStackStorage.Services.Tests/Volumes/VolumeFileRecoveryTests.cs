using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Deletions of volumes in files that die before every single step of the driver, and the opening of the store after it.</summary>
public sealed class VolumeFileRecoveryTests
{
    private const int Steps = 1000;

    private static readonly WorkProgress Quiet = new();

    [Fact]
    public void A_deletion_of_a_snapshot_that_died_anywhere_is_ended_and_leaves_nothing()
    {
        int stop = 1;
        while (DiesAt(stop, (service, _, latest) => service.DeleteSnapshot(latest, false, Quiet, CancellationToken.None)))
            stop++;
        Assert.InRange(stop, 5, Steps);
    }

    [Theory]
    [InlineData(VolumeClear.None)]
    [InlineData(VolumeClear.Zero)]
    public void A_deletion_with_snapshots_that_died_anywhere_is_ended_and_leaves_nothing(VolumeClear clear)
    {
        int stop = 1;
        while (DiesAt(stop, (service, volume, _) => service.Delete(volume, new VolumeDeletion { Cascade = true, Clear = clear, ClearSizeMiB = 1 }, Quiet, CancellationToken.None)))
            stop++;
        Assert.InRange(stop, 5, Steps);
    }

    /// <summary>False where it has fewer steps.</summary>
    private static bool DiesAt(int stop, Action<VolumeService, VolumeId, SnapshotId> deletion)
    {
        SteppedFileDriver driver = new();
        using VolumeLab lab = new(driver);
        VolumeService owner = lab.As(VolumeServiceConformance.Owner);
        VolumeId volume = owner.Create(new VolumeSpec { SizeGiB = 1 }, Quiet, CancellationToken.None).Id;
        SnapshotId[] snapshots = [.. Enumerable.Range(1, 2).Select(number =>
        {
            Write(lab, volume, (byte)number);
            return owner.CreateSnapshot(volume, new SnapshotSpec()).Id;
        })];
        Write(lab, volume, 3);

        (VolumeServiceParts parts, DyingCatalog catalog) = lab.Dying();
        int left = stop;
        driver.Step = _ =>
        {
            catalog.IsDead |= --left <= 0;
            if (catalog.IsDead)
                throw new ServiceException(ErrorIds.CatalogBusy, "This process is dead.");
        };
        bool died = Record.Exception(() => deletion(new VolumeService(parts, VolumeServiceConformance.Owner), volume, snapshots[1])) is not null;
        driver.Step = _ => { };
        lab.Reopen();

        Assert.All(lab.Store.Recovered, recovered => Assert.Null(recovered.Error));
        lab.AssertQuiet();
        VolumeService next = lab.As(VolumeServiceConformance.Owner);
        foreach (Volume found in next.List(new VolumeQuery()))
        {
            Assert.Equal(VolumeStatus.Available, found.Status);
            Assert.Empty(next.Check(found.Id, deep: false, Quiet, CancellationToken.None));
            Assert.Equal(3, Read(lab, found.Id));
            next.Delete(found.Id, new VolumeDeletion { Cascade = true }, Quiet, CancellationToken.None);
        }

        Assert.Equal([LayerMarks.Root, FileVolumeDriver.MarkName], lab.BackendFiles());
        return died;
    }

    private static void Write(VolumeLab lab, VolumeId volume, byte value)
    {
        using ImageEditor editor = new(lab.DriverFor(volume).OpenWritable(lab.Find(volume)));
        editor.Write(default, [value]);
        editor.Close();
    }

    private static byte Read(VolumeLab lab, VolumeId volume)
    {
        byte[] bytes = new byte[1];
        using DiskImage disk = lab.DriverFor(volume).Open(lab.Find(volume), null);
        new ImageReader(disk).Read(default, bytes);
        return bytes[0];
    }
}
