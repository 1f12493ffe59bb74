using System.Diagnostics;
using System.Globalization;
using OpenStackStorage.Services.Worker;
using Xunit.Abstractions;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>Processes that write, snapshot, clone, extend, revert and expand the same two volumes at once.</summary>
public sealed class SeveralVolumeProcessesTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 60;

    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    public void Dispose() => _folder.Dispose();

    /// <summary>Each is served or refused by name, no chain breaks, and what nobody wrote is what it was.</summary>
    [Theory]
    [InlineData("qcow2")]
    [InlineData("raw")]
    public void Of_two_processes_on_one_volume_one_wins_and_the_other_waits_or_is_refused(string backend)
    {
        using EmbeddedStore store = WorkVolumes.Open(_folder["store"]);
        WorkVolumes.SetUp(store, _folder.Path);
        VolumeService service = store.Volumes(WorkImages.User);
        Image image = store.Images(WorkImages.User).List(new ImageQuery()).First();
        foreach (string name in new[] { VolumeCrowd.Still, VolumeCrowd.Written })
            service.Create(new VolumeSpec { Name = name, Image = image.Id, SizeGiB = 1, Backend = backend }, new WorkProgress(), CancellationToken.None);

        int[] done = Run(2);

        Assert.All(done, count => Assert.InRange(count, 1, Rounds));
        RequireSound(store, service, WorkVolumes.NumbersOf(image));
        foreach (Volume volume in service.List(new VolumeQuery()))
            service.Delete(volume.Id, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);
        Assert.Empty(VolumeStoreTruth.Require(store));
    }

    private int[] Run(int processes)
    {
        Process[] workers = [.. Enumerable.Range(0, processes).Select(number => WorkerProcess.Start("crowd-volumes", _folder["store"], $"{number}", $"{Rounds}"))];
        try
        {
            string[] outputs = [.. workers.Select(worker => worker.StandardOutput.ReadToEnd())];
            Array.ForEach(workers, WorkerProcess.Finish);
            output.WriteLine($"Done and refused: {string.Join(", ", outputs.Select(one => one.Trim()))}.");
            return [.. outputs.Select(one => int.Parse(one.Split(' ')[0], CultureInfo.InvariantCulture))];
        }
        finally
        {
            foreach (Process worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }
    }

    private void RequireSound(EmbeddedStore store, VolumeService service, int[] numbers)
    {
        // What met another's open disk may be in error; the data is what it was. A clone that could not be made has none.
        foreach (Volume volume in service.List(new VolumeQuery()).Where(volume => volume.Status is VolumeStatus.Error or VolumeStatus.ErrorExtending))
        {
            output.WriteLine($"{volume.Name} {VolumeWords.Of(volume.Status)}: {volume.LastError}");
            if (volume.DriverState.Count == 0)
                service.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
            else
                service.ResetState(volume.Id, VolumeStatus.Available, null, resetMigration: false);
        }

        Dictionary<string, VolumeState> all = VolumeStoreTruth.Require(store);
        Volume still = service.List(new VolumeQuery { NamePatterns = [VolumeCrowd.Still] }).Single();
        Assert.Equal(numbers, WorkVolumes.Read(store, still, null));
        foreach (VolumeSnapshot snapshot in service.ListSnapshots(new VolumeQuery { Volume = still.Id }).Where(snapshot => snapshot.Status == SnapshotStatus.Available))
            Assert.Equal(numbers, WorkVolumes.Read(store, still, snapshot));
        Assert.Equal(2, service.List(new VolumeQuery()).Count);
        Assert.Contains(VolumeCrowd.Written, all.Keys);
    }
}
