using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace OpenStackStorage.Hosting;

/// <summary>Where the output of work goes: the streams of a pipeline or of a job. Used on one thread only.</summary>
internal interface IStreams
{
    void WriteObject(object value);

    void WriteWarning(string message);

    void WriteVerbose(string message);

    void WriteProgress(ProgressSample sample);
}

/// <summary>
/// Runs work on a thread of its own while the caller's thread, the only one that may write to the streams,
/// passes on what the work writes and samples its progress.
/// </summary>
internal sealed class WorkRunner : IWork, IDisposable
{
    /// <summary>How many messages may wait for the reader; a full queue makes the work wait.</summary>
    private const int QueueLength = 64;

    private readonly BlockingCollection<Message> _queue = new(QueueLength);
    private readonly CancellationTokenSource _stop;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    private WorkRunner(Action<IWork> work, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Token = _stop.Token;
        _thread = new Thread(() => RunWork(work)) { IsBackground = true, Name = "OpenStackStorage work" };
    }

    public WorkProgress Progress { get; } = new();

    public CancellationToken Token { get; }

    /// <summary>
    /// Returns when the work has ended, on every way out. Throws what the work threw; when a stream throws
    /// (the pipeline stops, nobody reads on), the work is cancelled and waited for first.
    /// </summary>
    public static void Run(IStreams streams, WorkActivity activity, Action<IWork> work, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using WorkRunner runner = new(work, stop);
        ProgressSampler sampler = new(activity, runner.Progress);
        runner._thread.Start();
        try
        {
            runner.PassOn(streams, sampler);
        }
        finally
        {
            runner._stop.Cancel();
            runner._thread.Join();
            WriteEnd(streams, sampler);
        }

        runner._failure?.Throw();
    }

    public void WriteObject(object value) => _queue.Add(new Message(MessageKind.Object, value), Token);

    public void WriteWarning(string message) => _queue.Add(new Message(MessageKind.Warning, message), Token);

    public void WriteVerbose(string message) => _queue.Add(new Message(MessageKind.Verbose, message), Token);

    public void Dispose()
    {
        _queue.Dispose();
        _stop.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the work throws comes out on the caller's thread.")]
    private void RunWork(Action<IWork> work)
    {
        try
        {
            work(this);
        }
        catch (AggregateException several)
        {
            Exception[] all = [.. several.Flatten().InnerExceptions];
            _failure = ExceptionDispatchInfo.Capture(all.FirstOrDefault(one => one is StorageException) ?? all[0]);
        }
        catch (Exception error)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            _queue.CompleteAdding();
        }
    }

    private void PassOn(IStreams streams, ProgressSampler sampler)
    {
        long start = Stopwatch.GetTimestamp();
        while (!_queue.IsCompleted)
        {
            TimeSpan wait = sampler.Due - Stopwatch.GetElapsedTime(start);
            bool taken = _queue.TryTake(out Message message, wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            if (Token.IsCancellationRequested)
                return;
            if (taken)
                message.WriteTo(streams);
            if (sampler.Sample(Stopwatch.GetElapsedTime(start)) is { } sample)
                streams.WriteProgress(sample);
        }
    }

    private static void WriteEnd(IStreams streams, ProgressSampler sampler)
    {
        if (sampler.End() is not { } sample)
            return;
        try
        {
            streams.WriteProgress(sample);
        }
        catch (PipelineStoppedException)
        {
            // A stopped pipeline takes no more records and clears its progress by itself.
        }
    }

    private enum MessageKind
    {
        Object,
        Warning,
        Verbose,
    }

    private readonly record struct Message(MessageKind Kind, object Value)
    {
        public void WriteTo(IStreams streams)
        {
            switch (Kind)
            {
                case MessageKind.Object:
                    streams.WriteObject(Value);
                    break;
                case MessageKind.Warning:
                    streams.WriteWarning((string)Value);
                    break;
                default:
                    streams.WriteVerbose((string)Value);
                    break;
            }
        }
    }
}
