namespace OpenStackStorage;

/// <summary>
/// A counter that workers add to and a host samples. Adding costs one atomic addition;
/// nothing is called back, so progress never slows the work.
/// </summary>
public sealed class WorkProgress
{
    private long _done;
    private long _total;

    /// <summary>Units finished so far, in the unit of the activity (bytes for disk images).</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Units in all; 0 while unknown.</summary>
    public long Total
    {
        get => Interlocked.Read(ref _total);
        set => Interlocked.Exchange(ref _total, value);
    }

    public void Add(long units) => Interlocked.Add(ref _done, units);
}
