using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Hosting;

public sealed class MemoryHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_operation_runs_and_all_it_says_is_recorded()
    {
        MemoryHost host = new() { Folder = _folder };

        FillOperation.Run(new FillRequest("a.img", 4096), host);

        string path = Path.Combine(_folder, "a.img");
        Assert.Equal([path], host.Objects);
        Assert.Equal([(path, "Fill 4096 bytes")], host.Questions);
        Assert.Equal(["4 KiB are little"], host.Warnings);
        Assert.Equal(["writing at once"], host.Verbose);
        (WorkActivity activity, WorkProgress progress) = Assert.Single(host.Activities);
        Assert.Equal(("Filling", 4096L, 4096L), (activity.Name, progress.Done, progress.Total));
        Assert.Equal(4096, new FileInfo(path).Length);
    }

    [Fact]
    public void A_no_is_WhatIf()
    {
        MemoryHost host = new() { Folder = _folder, Answer = false };

        FillOperation.Run(new FillRequest("a.img", 4096), host);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        Assert.Single(host.Questions);
        Assert.Empty(host.Activities);
    }

    [Fact]
    public void A_failed_plan_comes_out_before_the_question()
    {
        MemoryHost host = new() { Folder = _folder };
        File.WriteAllText(Path.Combine(_folder, "a.img"), "");

        StorageException error = Assert.Throws<StorageException>(() => FillOperation.Run(new FillRequest("a.img", 1), host));

        Assert.Equal(ErrorIds.DestinationExists, error.Id);
        Assert.Empty(host.Questions);
    }

    [Fact]
    public void Fail_throws_and_records()
    {
        MemoryHost host = new();
        StorageException error = new(ErrorIds.AccessDenied, "no");

        Assert.Same(error, Assert.Throws<StorageException>(() => host.Fail(error)));
        Assert.Equal([error], host.Errors);
    }

    [Fact]
    public void Work_that_talks_to_the_host_is_found_out()
    {
        MemoryHost host = new();

        Assert.Throws<InvalidOperationException>(() =>
            host.Execute(new WorkActivity("Testing", "x"), _ => host.WriteObject(1)));

        host.WriteObject(2);
        Assert.Equal([2], host.Objects);
    }

    [Fact]
    public void A_stop_ends_work()
    {
        using CancellationTokenSource stop = new();
        MemoryHost host = new() { Stop = stop.Token };

        Assert.ThrowsAny<OperationCanceledException>(() => host.Execute(new WorkActivity("Testing", "x"), work =>
        {
            work.WriteObject(1);
            stop.Cancel();
            work.WriteObject(2);
        }));

        Assert.Equal([1], host.Objects);
    }

    [Fact]
    public void A_path_with_NUL_in_it_is_an_error_of_ours()
    {
        MemoryHost host = new() { Folder = _folder };
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => host.ResolveNewPath("a\0b")).Id);
    }

    [Fact]
    public void Wildcards_match_files_in_order_and_no_folders()
    {
        MemoryHost host = new() { Folder = _folder };
        foreach (string name in (string[])["b.img", "a.img", "a.vmdk"])
            File.WriteAllText(Path.Combine(_folder, name), "");
        Directory.CreateDirectory(Path.Combine(_folder, "c.img"));

        Assert.Equal([Path.Combine(_folder, "a.img"), Path.Combine(_folder, "b.img")], host.ResolvePaths("*.img"));
        Assert.Equal([Path.Combine(_folder, "a.img")], host.ResolvePaths("./a.img"));
    }

    [Theory]
    [InlineData("none.img", false)]
    [InlineData("*.none", false)]
    [InlineData("none/*.img", false)]
    [InlineData("*", true)]
    public void What_does_not_exist_is_named_as_it_was_written(string path, bool literal)
    {
        MemoryHost host = new() { Folder = _folder };

        StorageException error = Assert.Throws<StorageException>(() => host.ResolvePaths(path, literal));

        Assert.Equal((ErrorIds.PathNotFound, path), (error.Id, error.Target));
    }

    public sealed record FillRequest(string Path, long Length);

    /// <summary>An operation as they all are: plan, ask, execute.</summary>
    public static class FillOperation
    {
        public static void Run(FillRequest request, ICmdletHost host)
        {
            string path = host.ResolveNewPath(request.Path);
            if (File.Exists(path))
                throw new StorageException(ErrorIds.DestinationExists, $"'{path}' exists already.") { Target = path };
            if (!host.ShouldProcess(path, $"Fill {request.Length} bytes"))
                return;
            host.Execute(new WorkActivity("Filling", path), work =>
            {
                work.Progress.Total = request.Length;
                work.WriteVerbose("writing at once");
                work.WriteWarning("4 KiB are little");
                File.WriteAllBytes(path, new byte[request.Length]);
                work.Progress.Add(request.Length);
                work.WriteObject(path);
            });
        }
    }
}
