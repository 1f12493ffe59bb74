using System.Diagnostics;
using System.Management.Automation;
using OpenStackStorage;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;

namespace SeamProbe;

/// <summary>Long work of every kind, for the tests of streams, stops and jobs.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SeamProbe", SupportsShouldProcess = true)]
[OutputType(typeof(int))]
public sealed class InvokeSeamProbeCommand : StorageCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The file that is written, and removed unless the work ends.")]
    public string Path { get; set; } = "";

    [Parameter(HelpMessage = "How long the work takes.")]
    public TimeSpan Duration { get; set; }

    [Parameter(HelpMessage = "How many objects come out on the way.")]
    public int Count { get; set; }

    [Parameter(HelpMessage = "The size that progress counts to.")]
    [ByteSize]
    public ulong Size { get; set; } = 1 << 30;

    [Parameter(HelpMessage = "Fail at the end.")]
    public SwitchParameter Bad { get; set; }

    [Parameter(HelpMessage = "Run as a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process() => ProbeWork.Run(new ProbeRequest(Path, Duration, Count, (long)Size, Bad), Host);
}

internal sealed record ProbeRequest(string Path, TimeSpan Duration, int Count, long Size, bool Bad);

internal static class ProbeWork
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static void Run(ProbeRequest request, ICmdletHost host)
    {
        string path = host.ResolveNewPath(request.Path);
        host.WriteVerbose($"planned {path}");
        if (!host.ShouldProcess(path, "Probe the seam"))
            return;
        host.Execute(new WorkActivity("Probing the seam", path), work => Work(request, path, work));
    }

    private static void Work(ProbeRequest request, string path, IWork work)
    {
        File.WriteAllText(path, "partial");
        bool done = false;
        try
        {
            work.Progress.Total = request.Size;
            work.WriteVerbose("working");
            work.WriteWarning("this is a probe");
            for (int i = 0; i < request.Count; i++)
                work.WriteObject(i);
            long start = Stopwatch.GetTimestamp();
            for (TimeSpan elapsed; (elapsed = Stopwatch.GetElapsedTime(start)) < request.Duration;)
            {
                work.Token.WaitHandle.WaitOne(Step);
                work.Token.ThrowIfCancellationRequested();
                work.Progress.Add((long)(request.Size * (elapsed / request.Duration)) - work.Progress.Done);
            }

            if (request.Bad)
                throw new StorageException(ErrorIds.WriteFailed, $"writing '{path}' failed.") { Target = path };
            done = true;
        }
        finally
        {
            if (!done)
                File.Delete(path);
        }
    }
}
