using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Hosting;

public class WorkRunnerTests
{
    private readonly Streams _streams = new();

    [Fact]
    public void Messages_come_in_order_on_the_callers_thread()
    {
        Run(work =>
        {
            work.WriteVerbose("one");
            work.WriteWarning("two");
            work.WriteObject(3);
        });

        Assert.Equal(["verbose one", "warning two", "object 3"], _streams.Messages);
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(_streams.Threads.Distinct()));
    }

    [Fact]
    public void What_the_work_throws_comes_out_after_what_it_wrote()
    {
        StorageException failure = new(ErrorIds.WriteFailed, "no");

        StorageException thrown = Assert.Throws<StorageException>(() => Run(work =>
        {
            work.WriteObject(1);
            throw failure;
        }));

        Assert.Same(failure, thrown);
        Assert.Equal(["object 1"], _streams.Messages);
    }

    [Fact]
    public void Of_several_failures_ours_comes_out()
    {
        StorageException failure = new(ErrorIds.WriteFailed, "no");

        Assert.Same(failure, Assert.Throws<StorageException>(() => Run(_ =>
            throw new AggregateException(new OperationCanceledException(), new AggregateException(failure)))));
    }

    [Fact]
    public void A_reader_that_gives_up_cancels_the_work_and_waits_for_it()
    {
        bool cleaned = false;
        _streams.ThrowOnObject = new InvalidTimeZoneException("stop");

        Assert.Throws<InvalidTimeZoneException>(() => Run(work =>
        {
            try
            {
                work.WriteObject(1);
                work.Token.WaitHandle.WaitOne();
                work.Token.ThrowIfCancellationRequested();
            }
            finally
            {
                Thread.Sleep(50);
                cleaned = true;
            }
        }));

        Assert.True(cleaned);
    }

    [Fact]
    public void A_stop_cancels_the_work_waits_for_it_and_drops_what_is_queued()
    {
        using CancellationTokenSource stop = new();
        bool cleaned = false;

        Assert.ThrowsAny<OperationCanceledException>(() => WorkRunner.Run(_streams, Activity, work =>
        {
            try
            {
                stop.Cancel();
                work.WriteObject(1);
            }
            finally
            {
                cleaned = true;
            }
        }, stop.Token));

        Assert.True(cleaned);
        Assert.Empty(_streams.Messages);
    }

    [Fact]
    public void Work_does_not_start_after_a_stop()
    {
        bool started = false;

        Assert.ThrowsAny<OperationCanceledException>(() =>
            WorkRunner.Run(_streams, Activity, _ => started = true, new CancellationToken(canceled: true)));

        Assert.False(started);
    }

    [Fact]
    public void A_slow_reader_makes_the_work_wait()
    {
        int written = 0;
        int ahead = 0;
        _streams.OnObject = value =>
        {
            Thread.Sleep(value is 0 ? 200 : 0); // the work runs ahead as far as it is let
            ahead = Math.Max(ahead, Volatile.Read(ref written) - (int)value);
        };

        Run(work =>
        {
            for (int i = 0; i < 1000; i++)
            {
                work.WriteObject(i);
                Volatile.Write(ref written, i + 1);
            }
        });

        Assert.Equal(1000, _streams.Messages.Count);
        Assert.InRange(ahead, 1, 70);
    }

    [Fact]
    public void Shown_progress_is_completed_on_failure()
    {
        Assert.Throws<StorageException>(() => Run(_ =>
        {
            Thread.Sleep(600);
            throw new StorageException(ErrorIds.WriteFailed, "no");
        }));

        Assert.Equal([false, true], _streams.Samples.Select(sample => sample.Completed).Distinct());
        Assert.True(_streams.Samples[^1].Completed);
    }

    private static WorkActivity Activity => new("Testing", "x");

    private void Run(Action<IWork> work) => WorkRunner.Run(_streams, Activity, work, default);

    private sealed class Streams : IStreams
    {
        public List<string> Messages { get; } = [];

        public List<int> Threads { get; } = [];

        public List<ProgressSample> Samples { get; } = [];

        public Exception? ThrowOnObject { get; set; }

        public Action<object>? OnObject { get; set; }

        public void WriteObject(object value)
        {
            if (ThrowOnObject is not null)
                throw ThrowOnObject;
            OnObject?.Invoke(value);
            Add($"object {value}");
        }

        public void WriteWarning(string message) => Add($"warning {message}");

        public void WriteVerbose(string message) => Add($"verbose {message}");

        public void WriteProgress(ProgressSample sample) => Samples.Add(sample);

        private void Add(string message)
        {
            Messages.Add(message);
            Threads.Add(Environment.CurrentManagedThreadId);
        }
    }
}
