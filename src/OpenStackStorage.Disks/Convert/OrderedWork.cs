using System.Runtime.ExceptionServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// Runs numbered items on several threads, where one step of each item must happen in the order of the numbers.
/// Memory is bounded by the number of threads: each has one buffer, and takes a new item only when its last is done.
/// </summary>
internal abstract class OrderedWork<TItem, TBuffer>
    where TBuffer : IDisposable
{
    private readonly object _turnLock = new();
    private readonly Lock _takeLock = new();
    private long _taken;
    private long _turn;
    private bool _stopped;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Runs until no item is left. The first failure stops all threads and comes out here.</summary>
    public void Run(int threads, CancellationToken token)
    {
        using CancellationTokenRegistration registration = token.Register(Stop);
        Thread[] helpers = new Thread[Math.Max(0, threads - 1)];
        for (int i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(() => Work(token)) { IsBackground = true, Name = GetType().Name };
            helpers[i].Start();
        }

        Work(token);
        foreach (Thread helper in helpers)
            helper.Join();
        _failure?.Throw();
        token.ThrowIfCancellationRequested();
    }

    protected abstract TBuffer CreateBuffer();

    /// <summary>The next item; called under a lock. False when there is none.</summary>
    protected abstract bool TryTake(out TItem item);

    /// <summary>The part of the work that any thread may do at any time.</summary>
    protected abstract void Prepare(TItem item, TBuffer buffer);

    /// <summary>The part that happens for one item at a time, in order. False ends the whole run early.</summary>
    protected abstract bool InOrder(TItem item, TBuffer buffer);

    /// <summary>What any thread may do after the item's turn.</summary>
    protected virtual void Complete(TItem item, TBuffer buffer)
    {
    }

    private void Work(CancellationToken token)
    {
        try
        {
            using TBuffer buffer = CreateBuffer();
            while (Take(out TItem item, out long number))
            {
                token.ThrowIfCancellationRequested();
                Prepare(item, buffer);
                if (!AwaitTurn(number))
                    return;
                bool goOn = InOrder(item, buffer);
                EndTurn();
                Complete(item, buffer);
                if (!goOn)
                {
                    Stop();
                    return;
                }
            }
        }
        catch (Exception error)
        {
            lock (_turnLock)
                _failure ??= ExceptionDispatchInfo.Capture(error);
            Stop();
        }
    }

    private bool Take(out TItem item, out long number)
    {
        lock (_takeLock)
        {
            number = _taken;
            item = default!;
            if (Volatile.Read(ref _stopped) || !TryTake(out item))
                return false;
            _taken++;
            return true;
        }
    }

    private bool AwaitTurn(long number)
    {
        lock (_turnLock)
        {
            while (_turn != number && !_stopped)
                Monitor.Wait(_turnLock);
            return !_stopped;
        }
    }

    private void EndTurn()
    {
        lock (_turnLock)
        {
            _turn++;
            Monitor.PulseAll(_turnLock);
        }
    }

    private void Stop()
    {
        lock (_turnLock)
        {
            _stopped = true;
            Monitor.PulseAll(_turnLock);
        }
    }
}
