using System.Globalization;

namespace OpenStackStorage.Hosting;

/// <summary>One progress record.</summary>
/// <param name="Activity">What happens, and to what.</param>
/// <param name="Operation">"1.2 GiB of 10 GiB, 512 MiB/s".</param>
/// <param name="Percent">0 to 100; -1 while the total is unknown.</param>
/// <param name="SecondsRemaining">-1 while it would be a guess.</param>
/// <param name="Completed">True for the last record of the activity.</param>
internal sealed record ProgressSample(WorkActivity Activity, string Operation, int Percent, int SecondsRemaining, bool Completed = false);

/// <summary>Decides when a progress record is due and what it says. Time comes from outside.</summary>
internal sealed class ProgressSampler(WorkActivity activity, WorkProgress progress)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HonestAfter = TimeSpan.FromSeconds(2);

    /// <summary>The rate is that of the last five seconds.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(TimeSpan Time, long Done)> _window = new([(TimeSpan.Zero, 0L)]);
    private ProgressSample? _last;

    /// <summary>When the next record is due, since the start of the work.</summary>
    public TimeSpan Due { get; private set; } = First;

    /// <summary>The record for this moment; null when none is due.</summary>
    public ProgressSample? Sample(TimeSpan elapsed)
    {
        if (elapsed < Due)
            return null;
        Due = elapsed + Interval;
        long total = progress.Total;
        long done = total > 0 ? Math.Min(progress.Done, total) : progress.Done;
        double rate = Rate(elapsed, done);
        return _last = new ProgressSample(
            activity,
            Operation(done, total, rate),
            total > 0 ? (int)(100.0 * done / total) : -1,
            total > 0 && rate > 0 && elapsed >= HonestAfter ? (int)Math.Min(int.MaxValue, Math.Ceiling((total - done) / rate)) : -1);
    }

    /// <summary>The record that ends the activity; null when nothing was ever shown.</summary>
    public ProgressSample? End() => _last is null ? null : _last with { Completed = true, SecondsRemaining = -1 };

    private double Rate(TimeSpan elapsed, long done)
    {
        _window.Enqueue((elapsed, done));
        while (_window.Count > 2 && elapsed - _window.Peek().Time > Window)
            _window.Dequeue();
        (TimeSpan time, long before) = _window.Peek();
        return (done - before) / (elapsed - time).TotalSeconds;
    }

    private string Operation(long done, long total, double rate)
    {
        string amount = total > 0 ? $"{Show(done)} of {Show(total)}" : Show(done);
        return activity.Unit is null ? $"{amount}, {Show((long)rate)}/s" : $"{amount} {activity.Unit}";
    }

    private string Show(long units) =>
        activity.Unit is null ? ByteSize.Format(units) : units.ToString(CultureInfo.InvariantCulture);
}
