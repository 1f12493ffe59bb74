namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// A device that remembers every change, so that the file can be had as a power cut at any moment would leave it: what
/// was flushed is there; of what came later, any part may be.
/// </summary>
internal sealed class CrashDevice(byte[] content) : BlockDevice
{
    private readonly MemoryBlockDevice _now = new("crash.img", (byte[])content.Clone());
    private readonly MemoryBlockDevice _flushed = new("flushed.img", (byte[])content.Clone());
    private readonly List<Change> _changes = [];
    private int _flushedChanges;

    /// <summary>Changes so far; a moment between two of them is a moment for a power cut.</summary>
    public int Count => _changes.Count;

    public override string Path => _now.Path;

    public override long Length => _now.Length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _now.ReadUpTo(offset, buffer);

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        _changes.Add(new Change(ChangeKind.Write, offset, buffer.Length, buffer.ToArray()));
        _now.Write(offset, buffer);
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        _changes.Add(new Change(ChangeKind.Zero, offset, length, null));
        _now.WriteZeroes(offset, length);
    }

    public override void Discard(HostOffset offset, long length) => WriteZeroes(offset, length); // the most that a discard may do

    public override void SetLength(long length)
    {
        _changes.Add(new Change(ChangeKind.SetLength, default, length, null));
        _now.SetLength(length);
    }

    public override void Flush() => _changes.Add(new Change(ChangeKind.Flush, default, 0, null));

    /// <summary>The bytes after a power cut that came after <paramref name="moment"/> changes. Moments may only rise.</summary>
    /// <param name="reorder">With it, each change since the last flush is there or not, by chance; without it all are.</param>
    public byte[] After(int moment, Random? reorder)
    {
        int flushed = moment;
        while (flushed > _flushedChanges && _changes[flushed - 1].Kind != ChangeKind.Flush)
            flushed--;
        for (; _flushedChanges < flushed; _flushedChanges++)
            Apply(_flushed, _changes[_flushedChanges], null);
        using MemoryBlockDevice disk = new("crashed.img", _flushed.ToArray());
        for (int i = _flushedChanges; i < moment; i++)
        {
            if (reorder is null || reorder.Next(2) == 0)
                Apply(disk, _changes[i], reorder);
        }

        return disk.ToArray();
    }

    private static void Apply(MemoryBlockDevice disk, Change change, Random? tear)
    {
        switch (change.Kind)
        {
            case ChangeKind.Write when tear is not null && change.Length > 512 && tear.Next(4) == 0:
                disk.Write(change.Offset, change.Data.AsSpan(0, 512 * tear.Next(1, (int)(change.Length / 512) + 1))); // torn between two sectors
                break;
            case ChangeKind.Write:
                disk.Write(change.Offset, change.Data);
                break;
            case ChangeKind.Zero:
                disk.WriteZeroes(change.Offset, change.Length);
                break;
            case ChangeKind.SetLength:
                disk.SetLength(change.Length);
                break;
        }
    }

    private enum ChangeKind
    {
        Write,
        Zero,
        SetLength,
        Flush,
    }

    private sealed record Change(ChangeKind Kind, HostOffset Offset, long Length, byte[]? Data);
}
