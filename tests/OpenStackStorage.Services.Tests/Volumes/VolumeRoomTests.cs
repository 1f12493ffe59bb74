using System.Diagnostics;
using System.Globalization;

namespace OpenStackStorage.Services.Tests;

public sealed class VolumeRoomTests : VolumeCatalogTest
{
    [Fact]
    public void A_larger_volume_holds_its_room_until_it_is_released()
    {
        Put(Type("fast"));
        Volume volume = Put(Volume(10, "fast"));
        CatalogOperation operation = Operation();
        Write(writer => VolumeRoom.HoldExtension(writer, operation, volume, 15, Now));

        Assert.Equal((10, 5), Usage("gigabytes", Now));
        Assert.Equal((10, 5), Usage("gigabytes_fast", Now));
        Assert.Equal((1, 0), Usage("volumes", Now));

        Put(volume with { SizeGiB = 15 });
        Write(writer => VolumeRoom.Release(writer, operation));
        Assert.Equal((15, 0), Usage("gigabytes", Now));
        Write(writer => VolumeRoom.Release(writer, operation));
    }

    [Theory]
    [InlineData("gigabytes", 15, true)]
    [InlineData("gigabytes", 14, false)]
    [InlineData("gigabytes_fast", 14, false)]
    [InlineData("per_volume_gigabytes", 15, true)]
    [InlineData("per_volume_gigabytes", 14, false)]
    [InlineData("volumes", 0, true)]
    public void A_larger_volume_is_refused_beyond_a_limit_and_holds_nothing(string resource, long limit, bool allowed)
    {
        Put(Type("fast"));
        Volume volume = Put(Volume(10, "fast"));
        Write(writer => VolumeQuotas.Set(writer, resource, null, limit));
        Action extend = () => Write(writer => VolumeRoom.HoldExtension(writer, Operation(), volume, 15, Now));

        if (allowed)
            extend();
        else
            Assert.Equal(resource, Refused(ErrorIds.QuotaExceeded, extend).Target);
        Assert.Equal((10, allowed ? 5 : 0), Usage("gigabytes", Now));
    }

    [Theory]
    [InlineData("gigabytes_fast", 20, true)]
    [InlineData("gigabytes_fast", 19, false)]
    [InlineData("volumes_fast", 0, false)]
    [InlineData("snapshots_fast", 0, false)]
    [InlineData("gigabytes", 1, true)]
    [InlineData("volumes", 0, true)]
    [InlineData("gigabytes_slow", 0, true)]
    public void Another_type_takes_a_volume_with_its_snapshots_and_the_totals_stay(string resource, long limit, bool allowed)
    {
        Put(Type("fast"));
        Put(Type("slow"));
        Volume volume = Put(Volume(10, "slow"));
        Put(Snapshot(volume));
        Write(writer => VolumeQuotas.Set(writer, resource, null, limit));
        Action retype = () => Write(writer => VolumeRoom.HoldRetype(writer, Operation(), volume, "fast", Now));

        if (allowed)
            retype();
        else
            Assert.Equal(resource, Refused(ErrorIds.QuotaExceeded, retype).Target);
        Assert.Equal((20, 0), Usage("gigabytes", Now));
        Assert.Equal((0, allowed ? 20 : 0), Usage("gigabytes_fast", Now));
        Assert.Equal((0, allowed ? 1 : 0), Usage("volumes_fast", Now));
        Assert.Equal((0, allowed ? 1 : 0), Usage("snapshots_fast", Now));
    }

    [Fact]
    public void What_is_held_expires_after_a_day()
    {
        Volume volume = Put(Volume(10));
        Write(writer => VolumeRoom.HoldExtension(writer, Operation(), volume, 15, Now));

        Assert.Equal((10, 5), Usage("gigabytes", Now.AddDays(1).AddTicks(-1)));
        Assert.Equal((10, 0), Usage("gigabytes", Now.AddDays(1)));
    }

    [Fact]
    public void A_recount_drops_what_expired_and_what_no_operation_holds()
    {
        Volume volume = Put(Volume(10));
        CatalogOperation running = Operation(), expired = Operation(), gone = Operation(), other = Operation();
        Write(writer =>
        {
            writer.PutOperation(running);
            writer.PutOperation(expired);
            VolumeRoom.HoldExtension(writer, running, volume, 11, Now);
            VolumeRoom.HoldExtension(writer, expired, volume, 12, Now.AddDays(-1));
            VolumeRoom.HoldExtension(writer, gone, volume, 13, Now);
            VolumeRoom.HoldExtension(writer, other, volume with { Project = "p2" }, 13, Now);
            VolumeRoom.Recount(writer, "p1", Now);
        });

        Assert.Equal([running.Id, other.Id], Catalog.Read(reader => reader.List(VolumeTables.Reservations)).Select(one => one.Id));
    }

    // A hundred wishes for one GiB of fifty, in three processes.
    [Fact]
    public void Processes_and_threads_that_create_and_extend_at_once_get_exactly_what_there_is()
    {
        Write(writer =>
        {
            VolumeQuotas.Set(writer, "gigabytes", "p1", 50);
            VolumeQuotas.Set(writer, "volumes", "p1", -1);
        });
        Process[] others = [WorkerProcess.Start("volumes", File, "30"), WorkerProcess.Start("volumes", File, "30")];
        Volume volume = Put(Volume(1));
        Parallel.For(0, 4, _ =>
        {
            for (int turn = 0; turn < 10; turn++)
                TryExtend(volume);
        });
        int made = others.Sum(other => int.Parse(other.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture));
        Array.ForEach(others, WorkerProcess.Finish);

        (long inUse, long reserved) = Usage("gigabytes", Now);
        Assert.Equal(50, inUse + reserved);
        Assert.Equal(made + 1, inUse);
    }

    private void TryExtend(Volume volume)
    {
        try
        {
            Write(writer => VolumeRoom.HoldExtension(writer, Operation(), volume, volume.SizeGiB + 1, Now));
        }
        catch (ServiceException error) when (error.Id == ErrorIds.QuotaExceeded)
        {
        }
    }

    private (long InUse, long Reserved) Usage(string resource, DateTimeOffset now)
    {
        VolumeUsage usage = Catalog.Read(reader => VolumeQuotas.Of(reader, "p1", now).List()).Single(one => one.Resource == resource);
        return (usage.InUse, usage.Reserved);
    }
}
