using System.Diagnostics;
using System.Globalization;
using OpenStackStorage.Services.Worker;
using Xunit.Abstractions;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>
/// A process works on a store and is killed, over and over: by this one while it works, or by itself between two things that
/// happen to the store's files. What it had ended must be there, what it had in hand is as before or as it was to be.
/// </summary>
public sealed class KilledProcessTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // What each image may be now: one thing, or several for those that a process had in hand when it died.
    private readonly Dictionary<string, HashSet<Known>> _known = [];
    private readonly List<string> _inHand = [];
    private readonly List<string> _recovered = [];

    private string Store => _folder["store"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_lost_and_nothing_is_left_when_a_process_is_killed_60_times() => KillAgainAndAgain(60, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void Nothing_is_lost_and_nothing_is_left_when_a_process_is_killed_500_times() => KillAgainAndAgain(500, seed: 2);

    private void KillAgainAndAgain(int kills, int seed)
    {
        Random random = new(seed);
        EmbeddedStore.Open(Store).Dispose();
        Process next = Start(random, out bool killsItself);
        try
        {
            for (int kill = 1; kill <= kills; kill++)
            {
                using Process process = next;
                bool isLeft = killsItself;
                process.StandardInput.WriteLine();
                next = Start(random, out killsItself);
                FollowToItsDeath(process, isLeft ? int.MaxValue : random.Next(1, 16), random);
                // Sometimes the next process finds what this one left, and is killed in turn.
                if (kill == kills || random.Next(4) > 0)
                    Look(kill);
            }
        }
        finally
        {
            next.Kill();
            next.WaitForExit();
            next.Dispose();
        }

        output.WriteLine($"In hand: {Sums(_inHand)}. Recovered: {Sums(_recovered)}.");
        Assert.Contains(ImageOperations.Upload, _recovered);
    }

    private static string Sums(IEnumerable<string> words) => string.Join(", ", words.CountBy(word => word).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"));

    /// <summary>Every other one kills itself, in the opening of the store or later.</summary>
    private Process Start(Random random, out bool killsItself)
    {
        killsItself = random.Next(2) == 0;
        int steps = killsItself ? random.Next(1, 120) : 0;
        return WorkerProcess.Start("endless", Store, _folder["source"], $"{random.Next()}", $"{steps}");
    }

    /// <param name="begun">What it is killed in: its first step, its second, and so on.</param>
    private void FollowToItsDeath(Process process, int begun, Random random)
    {
        string? inHand = null;
        Known becomes = Known.Absent;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "end")
            {
                _known[words[1]] = [becomes];
                inHand = null;
                continue;
            }

            inHand = words[1];
            becomes = words[2] == Known.Absent.Status ? Known.Absent : new Known(words[2], int.Parse(words[3], CultureInfo.InvariantCulture));
            if (!_known.TryGetValue(inHand, out HashSet<Known>? known))
                _known[inHand] = known = [Known.Absent];
            known.Add(becomes);
            if (--begun == 0)
            {
                Thread.Sleep(random.Next(40));
                process.Kill();
            }
        }

        process.WaitForExit();
        string errors = process.StandardError.ReadToEnd();
        Assert.True(errors.Length == 0, errors);
        _inHand.Add(inHand is null ? "nothing" : becomes.Status);
    }

    /// <summary>Opens the store as the next process would.</summary>
    private void Look(int kill)
    {
        using EmbeddedStore store = EmbeddedStore.Open(Store, ImageRecovery.Of(opened => opened.ImageStores));
        _recovered.AddRange(store.Recovered.Select(recovered => recovered.Operation.Kind));
        Dictionary<string, Image> images = StoreTruth.Require(store).ToDictionary(image => image.Id.ToString());
        Assert.Empty(images.Keys.Except(_known.Keys));
        foreach ((string id, HashSet<Known> legal) in _known.ToArray())
        {
            Known found = images.TryGetValue(id, out Image? image) ? Known.Of(image) : Known.Absent;
            Assert.True(legal.Contains(found), $"After kill {kill} image {id} is {found}; it was to be one of: {string.Join(", ", legal)}.");
            if (found == Known.Absent)
                _known.Remove(id);
            else
                _known[id] = [found];
        }

        foreach (CatalogOperation upload in store.Recovered.Select(recovered => recovered.Operation).Where(operation => operation.Kind == ImageOperations.Upload))
            Assert.Contains("interrupted", images[upload.Subject].LastError, StringComparison.Ordinal);
    }

    private readonly record struct Known(string Status, int Revision)
    {
        public static Known Absent => new(nameof(ImageStatus.Deleted), 0);

        public static Known Of(Image image)
        {
            int revision = WorkImages.RevisionOf(image);
            Assert.Equal((WorkImages.NameOf(revision), WorkImages.NameOf(revision)), (image.Name, Assert.Single(image.Tags)));
            return new Known(image.Status.ToString(), revision);
        }

        public override string ToString() => $"{Status} {Revision}";
    }
}
