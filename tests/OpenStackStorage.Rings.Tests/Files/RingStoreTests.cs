namespace OpenStackStorage.Rings.Tests;

public class RingStoreTests
{
    [Fact]
    public void Files_are_replaced_as_a_whole()
    {
        using TemporaryFolder folder = new();
        RingBuilder builder = RingSamples.Builder();
        RingStore.WriteBuilder(folder["o.builder"], builder);
        RingStore.WriteRing(folder["o.ring.gz"], RingSamples.Ring(builder), 2);
        RingStore.WriteRing(folder["o.ring.gz"], RingSamples.Ring(builder));

        Assert.Equal(RingSamples.Describe(builder), RingSamples.Describe(RingStore.ReadBuilder(folder["o.builder"])));
        Assert.Equal(RingSamples.Describe(RingSamples.Ring(builder)), RingSamples.Describe(RingStore.ReadRing(folder["o.ring.gz"])));
        Assert.Equal(["o.builder", "o.ring.gz"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("0644", Convert.ToString((int)File.GetUnixFileMode(folder["o.ring.gz"]), 8).PadLeft(4, '0'));
            File.SetUnixFileMode(folder["o.ring.gz"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            RingStore.WriteRing(folder["o.ring.gz"], RingSamples.Ring(builder));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["o.ring.gz"]));
        }
    }

    [Fact]
    public void A_failed_write_leaves_what_was_there()
    {
        using TemporaryFolder folder = new();
        RingStore.WriteRing(folder["o.ring.gz"], RingSamples.Ring(RingSamples.Builder()));
        byte[] before = File.ReadAllBytes(folder["o.ring.gz"]);
        Assert.Throws<RingException>(() => RingStore.WriteRing(folder["o.ring.gz"], RingSamples.Ring(RingSamples.Builder(wide: true)), 1));
        Assert.Equal(before, File.ReadAllBytes(folder["o.ring.gz"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ErrorIds.PathNotFound, Assert.Throws<StorageException>(() => RingStore.ReadBuilder(folder["none.builder"])).Id);
        Assert.Equal(ErrorIds.PathNotFound, Assert.Throws<StorageException>(() => RingStore.WriteBuilder(folder["none/o.builder"], RingSamples.Builder())).Id);
    }

    [Fact]
    public void Backups_have_the_names_of_the_CLI_and_never_replace_one_another()
    {
        using TemporaryFolder folder = new();
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        string[] names = [folder["o.ring.gz"], folder["o.builder"]];
        Assert.Equal(["1700000000.o.ring.gz", "1700000000.o.builder"], Reserve());
        File.WriteAllText(folder["backups/1700000000.o.builder"], "");
        Assert.Equal(["1700000001.o.ring.gz", "1700000001.o.builder"], Reserve());

        IEnumerable<string?> Reserve() => RingBackups.Reserve(folder["o.builder"], time, names).Select(path => Path.GetRelativePath(folder["backups"], path));
    }

    [Fact]
    public void One_at_a_time_may_hold_the_lock()
    {
        using TemporaryFolder folder = new();
        using (RingLock.Acquire(folder["o.builder"], TimeSpan.Zero))
        {
            RingException error = Assert.Throws<RingException>(() => RingLock.Acquire(folder["other.builder"], TimeSpan.FromMilliseconds(50)));
            Assert.Equal(ErrorIds.RingLocked, error.Id);
            using CancellationTokenSource stop = new(20);
            Assert.Throws<OperationCanceledException>(() => RingLock.Acquire(folder["o.builder"], TimeSpan.FromSeconds(30), stop.Token));
        }

        using (RingLock.Acquire(folder["o.builder"], TimeSpan.Zero))
        {
        }

        Assert.True(File.Exists(folder[".lock"]));
    }

    /// <summary>Many writers read a number, wait a moment, and write the next: none may be lost.</summary>
    [Fact]
    public async Task No_change_is_lost_between_writers()
    {
        using TemporaryFolder folder = new();
        RingStore.WriteBuilder(folder["o.builder"], RingSamples.Builder());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using RingLock held = RingLock.Acquire(folder["o.builder"], TimeSpan.FromSeconds(60));
            RingBuilder builder = RingStore.ReadBuilder(folder["o.builder"]);
            builder.Devices[1]!.Port++;
            Thread.Sleep(5);
            RingStore.WriteBuilder(folder["o.builder"], builder);
        })));
        Assert.Equal(6208, RingStore.ReadBuilder(folder["o.builder"]).Devices[1]!.Port);
    }
}
