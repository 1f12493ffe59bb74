namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Two threads on one volume.</summary>
public sealed class VolumeContentionTests : IDisposable
{
    private readonly VolumeLab _lab = new();
    private readonly ManualResetEventSlim _reached = new();
    private readonly ManualResetEventSlim _proceed = new();

    private VolumeService Service => _lab.As(VolumeServiceConformance.Owner);

    public void Dispose()
    {
        _lab.Dispose();
        _reached.Dispose();
        _proceed.Dispose();
    }

    [Fact]
    public async Task Who_comes_second_is_refused_by_the_status_that_the_first_set()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Task first = HoldAt("Extend", () => Service.Extend(volume.Id, 2));

        Assert.Contains("extending", Refused(() => Service.Extend(volume.Id, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("extending", Refused(() => Service.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Contains("extending", Refused(() => Service.CreateSnapshot(volume.Id, new SnapshotSpec())).Message, StringComparison.Ordinal);
        Assert.Contains("extending", Refused(() => Create(new VolumeSpec { Volume = volume.Id })).Message, StringComparison.Ordinal);

        _proceed.Set();
        await first;
        Assert.Equal(2, Service.Get(volume.Id).SizeGiB);
        _lab.AssertQuiet();
    }

    [Fact]
    public async Task Who_is_only_in_the_way_of_anothers_work_waits_for_it()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Task first = HoldAt("CreateSnapshot", () => Service.CreateSnapshot(volume.Id, new SnapshotSpec()));
        Task<Volume> second = Start(() => Create(new VolumeSpec { Volume = volume.Id }));

        _proceed.Set();

        await first;
        Assert.Equal(VolumeStatus.Available, (await second).Status);
        Assert.Equal(["Create", "CreateSnapshot", "Clone linked"], _lab.Driver.Calls);
        _lab.AssertQuiet();
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_for_whom()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        Task first = HoldAt("CreateSnapshot", () => Service.CreateSnapshot(volume.Id, new SnapshotSpec()));
        VolumeService hasty = new(_lab.Parts with { Patience = TimeSpan.Zero }, VolumeServiceConformance.Owner);

        ServiceException error = Refused(() => hasty.Extend(volume.Id, 2));

        Assert.Contains("snapshot-create", error.Message, StringComparison.Ordinal);
        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
        _proceed.Set();
        await first;
        _lab.AssertQuiet();
    }

    [Fact]
    public void Of_many_that_want_the_same_growth_one_wins()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Exception?[] results = [.. Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(_ => Record.Exception(() => Service.Extend(volume.Id, 2)))];

        Assert.Single(results, error => error is null);
        Assert.All(results.Where(error => error is not null), error => Assert.True(((ServiceException)error!).Id == ErrorIds.VolumeConflict || ((ServiceException)error).Id == ErrorIds.VolumeSizeInvalid));
        Assert.Equal(2, Service.Get(volume.Id).SizeGiB);
        _lab.AssertQuiet();
    }

    [Fact]
    public void The_last_GiB_of_a_quota_goes_to_one()
    {
        _lab.Write(writer => VolumeQuotas.Set(writer, "gigabytes", "one", 5));

        Exception?[] results = [.. Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(_ => Record.Exception(() => Create(new VolumeSpec { SizeGiB = 3 })))];

        Assert.Single(results, error => error is null);
        Assert.All(results.Where(error => error is not null), error => Assert.Equal(ErrorIds.QuotaExceeded, ((ServiceException)error!).Id));
        Assert.Equal(3, _lab.Usage(VolumeQuota.Gigabytes).InUse);
    }

    private Task HoldAt(string step, Action action)
    {
        _lab.Driver.Step = at =>
        {
            if (at != step)
                return;
            _reached.Set();
            _proceed.Wait();
        };
        Task running = Start(() =>
        {
            action();
            return true;
        });
        _reached.Wait();
        return running;
    }

    private static Task<T> Start<T>(Func<T> action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Volume Create(VolumeSpec spec) => Service.Create(spec, new WorkProgress(), CancellationToken.None);

    private static ServiceException Refused(Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.Equal(ErrorIds.VolumeConflict, error.Id);
        return error;
    }
}
