using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>The two digests that Glance keeps of an image, in lower case hex.</summary>
public sealed record ImageDigests(string Md5, string Sha512);

/// <summary>A piece of data on its way: bytes, or a run of zeroes that nobody has to hold.</summary>
internal sealed class PumpChunk
{
    public const int Capacity = 1 << 20;

    private static readonly byte[] Zeroes = new byte[Capacity];
    private int _users;

    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(Capacity);

    public long Offset { get; set; }

    /// <summary>Bytes; more than the buffer's only for zeroes.</summary>
    public long Length { get; set; }

    public bool IsZero { get; set; }

    /// <summary>False for what the target has already: it is digested only.</summary>
    public bool IsNew { get; set; }

    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, (int)Length);

    public void Begin(int users) => _users = users;

    /// <summary>True for the last of its users.</summary>
    public bool End() => Interlocked.Decrement(ref _users) == 0;

    public void AddTo(IncrementalHash hash, CancellationToken token)
    {
        if (!IsZero)
            hash.AppendData(Bytes);
        for (long rest = IsZero ? Length : 0; rest > 0; rest -= Zeroes.Length)
        {
            token.ThrowIfCancellationRequested();
            hash.AppendData(Zeroes.AsSpan(0, (int)Math.Min(rest, Zeroes.Length)));
        }
    }
}

/// <summary>
/// Moves data in one pass: it is read once, and written and digested with MD5 and SHA-512 on threads of their own. Memory
/// is bounded by the chunks that go round.
/// </summary>
/// <param name="target">Where new bytes go; null to digest only. Zero blocks become holes where it has them.</param>
/// <param name="digests">False to move the data only; the digests are then those of nothing.</param>
internal sealed class DataPump(BlockDevice? target, WorkProgress progress, bool digests = true)
{
    private const int Chunks = 12;
    private const int ZeroBlock = 4096; // the block of common file systems
    private const int StopWait = 100; // milliseconds that a stop waits for a stream that does not answer

    private readonly BlockingCollection<PumpChunk> _free = [];
    private readonly List<BlockingCollection<PumpChunk>> _queues = [];
    private readonly List<Thread> _workers = [];
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None); // a stream that hangs may ask it late: it is left to the collector
    private ExceptionDispatchInfo? _failure;

    /// <summary>Fills chunks until it answers false. It runs on a thread of its own: a stop does not wait for a stream that hangs.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of this writes to the target any more.</exception>
    public ImageDigests Run(Func<PumpChunk, CancellationToken, bool> read, CancellationToken token)
    {
        using CancellationTokenRegistration registration = token.Register(_stop.Cancel);
        using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using IncrementalHash sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        for (int i = 0; i < Chunks; i++)
            _free.Add(new PumpChunk(), token);
        AddWorker("write", Write);
        if (digests)
        {
            AddWorker("md5", chunk => chunk.AddTo(md5, _stop.Token));
            AddWorker("sha512", chunk => chunk.AddTo(sha512, _stop.Token));
        }

        Thread reader = Start("read", () => Read(read));
        _workers.ForEach(worker => worker.Join());
        if (!reader.Join(StopWait) && !_stop.IsCancellationRequested)
            reader.Join();
        token.ThrowIfCancellationRequested();
        _failure?.Throw();
        return new ImageDigests(Convert.ToHexStringLower(md5.GetHashAndReset()), Convert.ToHexStringLower(sha512.GetHashAndReset()));
    }

    private void AddWorker(string name, Action<PumpChunk> work)
    {
        BlockingCollection<PumpChunk> queue = [];
        _queues.Add(queue);
        _workers.Add(Start(name, () =>
        {
            foreach (PumpChunk chunk in queue.GetConsumingEnumerable(_stop.Token))
            {
                work(chunk);
                if (chunk.End())
                    _free.Add(chunk);
            }
        }));
    }

    private void Read(Func<PumpChunk, CancellationToken, bool> read)
    {
        for (long offset = 0; ;)
        {
            PumpChunk chunk = _free.Take(_stop.Token);
            (chunk.IsZero, chunk.IsNew) = (false, true);
            if (!read(chunk, _stop.Token))
                break;
            _stop.Token.ThrowIfCancellationRequested();
            chunk.Offset = offset;
            offset += chunk.Length;
            chunk.Begin(_queues.Count);
            _queues.ForEach(queue => queue.Add(chunk));
        }

        _queues.ForEach(queue => queue.CompleteAdding());
    }

    private void Write(PumpChunk chunk)
    {
        if (target is not null && chunk.IsNew)
        {
            if (chunk.IsZero)
                target.WriteZeroes(new HostOffset(chunk.Offset), chunk.Length);
            else
                WriteRuns(target, chunk);
        }

        progress.Add(chunk.Length);
    }

    private static void WriteRuns(BlockDevice target, PumpChunk chunk)
    {
        ReadOnlySpan<byte> bytes = chunk.Bytes;
        for (int start = 0; start < bytes.Length;)
        {
            bool zero = IsZero(bytes, start);
            int end = start;
            while (end < bytes.Length && IsZero(bytes, end) == zero)
                end = Math.Min(end + ZeroBlock, bytes.Length);
            if (zero)
                target.WriteZeroes(new HostOffset(chunk.Offset + start), end - start);
            else
                target.Write(new HostOffset(chunk.Offset + start), bytes[start..end]);
            start = end;
        }
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes, int at) =>
        !bytes.Slice(at, Math.Min(ZeroBlock, bytes.Length - at)).ContainsAnyExcept((byte)0);

    private Thread Start(string name, Action work)
    {
        Thread thread = new(() => Guard(work)) { IsBackground = true, Name = $"{nameof(DataPump)} {name}" };
        thread.Start();
        return thread;
    }

    /// <summary>The first failure stops all threads; what they say to that is no news.</summary>
    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            if (!_stop.IsCancellationRequested)
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
            _stop.Cancel();
        }
    }
}
