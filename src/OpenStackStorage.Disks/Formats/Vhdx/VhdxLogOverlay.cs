using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>One change of the log.</summary>
/// <param name="Source">Where the sector of data lies in the file; -1 for zeroes.</param>
/// <param name="Leading">What stands in place of the first 8 bytes of that sector.</param>
/// <param name="Trailing">What stands in place of its last 4 bytes.</param>
internal readonly record struct VhdxChange(long Start, long End, long Source, ulong Leading, uint Trailing);

/// <summary>
/// A file with the changes of its log laid over it; read only. It refers to the log's sectors where they lie, so that
/// memory goes by the number of changes, whatever they cover. The file's owner disposes it.
/// </summary>
internal sealed class VhdxLogOverlay : BlockDevice
{
    private readonly BlockDevice _file;
    private readonly VhdxChange[] _changes;

    /// <param name="changes">In the order in which they apply; ranges of whole sectors.</param>
    /// <param name="length">Bytes that the file has at least; it reads as zeroes where it ends earlier.</param>
    public VhdxLogOverlay(BlockDevice file, List<VhdxChange> changes, long length)
    {
        _file = file;
        _changes = Flatten(changes);
        Length = Math.Max(Math.Max(file.Length, length), _changes.Length == 0 ? 0 : _changes[^1].End);
    }

    public override string Path => _file.Path;

    public override long Length { get; }

    /// <summary>Runs of bytes that differ from the file, by offset; none overlaps another.</summary>
    public IReadOnlyList<VhdxChange> Changes => _changes;

    public override bool IsSameAs(BlockDevice other) => _file.IsSameAs(other is VhdxLogOverlay overlay ? overlay._file : other);

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Clamp(Length - offset.Value, 0, buffer.Length)];
        _file.ReadPadded(offset, buffer);
        long end = offset.Value + buffer.Length;
        for (int i = FirstEndingAfter(offset.Value); i < _changes.Length && _changes[i].Start < end; i++)
        {
            long from = Math.Max(offset.Value, _changes[i].Start);
            Span<byte> target = buffer[(int)(from - offset.Value)..(int)(Math.Min(end, _changes[i].End) - offset.Value)];
            if (_changes[i].Source < 0)
                target.Clear();
            else
                ReadSector(_changes[i], (int)(from - _changes[i].Start), target);
        }

        return buffer.Length;
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw ReadOnly();

    public override void Flush() => throw ReadOnly();

    public override void SetLength(long length) => throw ReadOnly();

    public override void WriteZeroes(HostOffset offset, long length) => throw ReadOnly();

    private static InvalidOperationException ReadOnly() => new("A replayed log is read only.");

    private void ReadSector(in VhdxChange change, int skip, Span<byte> target)
    {
        Span<byte> sector = stackalloc byte[VhdxLogEntry.SectorLength];
        _file.Read(new HostOffset(change.Source), sector);
        BinaryPrimitives.WriteUInt64LittleEndian(sector, change.Leading);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[^4..], change.Trailing);
        sector.Slice(skip, target.Length).CopyTo(target);
    }

    private int FirstEndingAfter(long offset)
    {
        int low = 0;
        for (int high = _changes.Length; low < high;)
        {
            int middle = (low + high) / 2;
            if (_changes[middle].End <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Where changes overlap the last one holds: cuts them at each other's ends and keeps the newest of each piece.</summary>
    private static VhdxChange[] Flatten(List<VhdxChange> changes)
    {
        int[] byStart = [.. Enumerable.Range(0, changes.Count).OrderBy(i => changes[i].Start)];
        long[] cuts = [.. changes.SelectMany(change => new[] { change.Start, change.End }).Distinct().Order()];
        PriorityQueue<int, int> covering = new();
        List<VhdxChange> pieces = [];
        int next = 0;
        for (int cut = 0; cut + 1 < cuts.Length; cut++)
        {
            for (; next < byStart.Length && changes[byStart[next]].Start == cuts[cut]; next++)
                covering.Enqueue(byStart[next], -byStart[next]);
            while (covering.TryPeek(out int oldest, out _) && changes[oldest].End <= cuts[cut])
                covering.Dequeue();
            if (!covering.TryPeek(out int newest, out _))
                continue;
            VhdxChange piece = changes[newest] with { Start = cuts[cut], End = cuts[cut + 1] };
            if (piece.Source < 0 && pieces.Count > 0 && pieces[^1].Source < 0 && pieces[^1].End == piece.Start)
                pieces[^1] = pieces[^1] with { End = piece.End };
            else
                pieces.Add(piece);
        }

        return [.. pieces];
    }
}
