using System.Diagnostics;
using OpenStackStorage.Services.Worker;
using Xunit.Abstractions;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>
/// A process works on volumes and is killed, over and over: by this one while it works, or by itself between two things that happen
/// to files. What it had ended must be there, what it had in hand is as before or as it was to be.
/// </summary>
public sealed class KilledVolumeProcessTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();

    // What each volume and snapshot may be now: one thing, or several for those that a process had in hand when it died.
    private readonly Dictionary<string, List<VolumeState>> _known = [];
    private readonly List<string> _inHand = [];
    private readonly List<string> _recovered = [];

    private string Store => _folder["store"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_volume_is_lost_and_nothing_is_left_when_a_process_is_killed_50_times() => KillAgainAndAgain(50, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void No_volume_is_lost_and_nothing_is_left_when_a_process_is_killed_500_times() => KillAgainAndAgain(500, seed: 2);

    private void KillAgainAndAgain(int kills, int seed)
    {
        Random random = new(seed);
        using (EmbeddedStore store = WorkVolumes.Open(Store))
            WorkVolumes.SetUp(store, _folder.Path);
        Process next = Start(random, out bool killsItself);
        try
        {
            for (int kill = 1; kill <= kills; kill++)
            {
                using Process process = next;
                bool isLeft = killsItself;
                process.StandardInput.WriteLine();
                next = Start(random, out killsItself);
                FollowToItsDeath(process, isLeft ? int.MaxValue : random.Next(1, 12), random);
                // Sometimes the next process finds what this one left, and is killed in turn.
                if (kill == kills || random.Next(4) > 0)
                    Look($"Seed {seed}, kill {kill}");
            }
        }
        finally
        {
            next.Kill();
            next.WaitForExit();
            next.Dispose();
        }

        output.WriteLine($"In hand: {Sums(_inHand)}. Recovered: {Sums(_recovered)}.");
        Assert.NotEmpty(_recovered);
        DeleteAll();
    }

    private static string Sums(IEnumerable<string> words) => string.Join(", ", words.CountBy(word => word).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"));

    /// <summary>Every other one kills itself, in the opening of the store or later.</summary>
    private Process Start(Random random, out bool killsItself)
    {
        killsItself = random.Next(2) == 0;
        int steps = killsItself ? random.Next(1, 250) : 0;
        return WorkerProcess.Start("endless-volumes", Store, $"{random.Next()}", $"{steps}");
    }

    /// <param name="begun">What it is killed in: its first step, its second, and so on.</param>
    private void FollowToItsDeath(Process process, int begun, Random random)
    {
        string inHand = "nothing";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            foreach (string[] change in words[2].Split(';', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')))
            {
                VolumeState[] states = [.. change[1].Split('/').Select(VolumeState.Parse)];
                if (words[0] == "end")
                    _known[change[0]] = [.. states];
                else if (_known.TryGetValue(change[0], out List<VolumeState>? known))
                    known.AddRange(states);
                else
                    _known[change[0]] = [VolumeState.Absent, .. states];
            }

            inHand = words[0] == "end" ? "nothing" : words[1];
            if (words[0] == "begin" && --begun == 0)
            {
                Thread.Sleep(random.Next(40));
                process.Kill();
            }
        }

        process.WaitForExit();
        string errors = process.StandardError.ReadToEnd();
        Assert.True(errors.Length == 0, errors);
        _inHand.Add(inHand);
    }

    /// <summary>Opens the store as the next process would.</summary>
    private void Look(string when)
    {
        using EmbeddedStore store = WorkVolumes.Open(Store);
        _recovered.AddRange(store.Recovered.Select(recovered => recovered.Operation.Kind));
        Dictionary<string, VolumeState> all = VolumeStoreTruth.Require(store);
        Assert.Empty(all.Keys.Except(_known.Keys));
        foreach ((string name, List<VolumeState> legal) in _known.ToArray())
        {
            VolumeState found = all.GetValueOrDefault(name, VolumeState.Absent);
            Assert.True(legal.Exists(state => state.Allows(found)), $"{when}: {name} is {found}; it was to be one of {string.Join(" / ", legal)}. In hand: {_inHand[^1]}.");
            if (found == VolumeState.Absent)
                _known.Remove(name);
            else
                _known[name] = [found];
        }
    }

    private void DeleteAll()
    {
        using EmbeddedStore store = WorkVolumes.Open(Store);
        VolumeService service = store.Volumes(WorkImages.User);
        foreach (Volume volume in service.List(new VolumeQuery()))
            service.Delete(volume.Id, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);
        ImageCache cache = new(VolumeParts.Of(store), WorkImages.User);
        foreach (Volume entry in cache.List(null))
            cache.Remove(entry.Id);
        Assert.Empty(VolumeStoreTruth.Require(store));
        foreach (Backend backend in store.Backends(WorkImages.User).List())
        {
            Assert.Equal([LayerMarks.Root, FileVolumeDriver.MarkName],
                Directory.EnumerateFileSystemEntries(_folder[backend.Name], "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        }
    }
}
