using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>What a grain table says of one grain.</summary>
/// <param name="Kind"><see cref="ExtentKind.Data"/>, <see cref="ExtentKind.Zero"/>, or <see cref="ExtentKind.Backing"/> when it is absent.</param>
/// <param name="Host">Where its data, or its marker, starts.</param>
internal readonly record struct VmdkGrain(ExtentKind Kind, long Host = 0);

/// <summary>
/// An extent of grains that a grain directory and grain tables map. How an entry is written differs by the kind of
/// extent; all the rest is the same.
/// </summary>
internal abstract class VmdkGrainExtent : VmdkExtent
{
    /// <summary>Entries of the grain directory that one call looks through: more would cost callers that ask again from each piece.</summary>
    private const int MaximumTables = 4096;

    private uint[] _directory;
    private readonly int _grainBits;
    private readonly int _coverageBits;
    private readonly long _openedLength;

    /// <param name="directory">For each grain table where it is, in units of <see cref="TableOffset"/>; 0 where there is none. All are inside the file.</param>
    protected VmdkGrainExtent(GuestOffset start, long length, BlockDevice device, uint[] directory, int grainSize, int tableEntries, int entryLength)
        : base(start, length, device)
    {
        _directory = directory;
        GrainSize = grainSize;
        TableEntries = tableEntries;
        EntryLength = entryLength;
        _grainBits = BitOperations.Log2((uint)grainSize);
        _coverageBits = _grainBits + BitOperations.Log2((uint)tableEntries);
        Tables = new VmdkTableCache(device, TableLength);
        _openedLength = device.Length;
    }

    /// <summary>Bytes of a grain, a power of two.</summary>
    public int GrainSize { get; }

    public int TableEntries { get; }

    public int TableLength => TableEntries * EntryLength;

    public IReadOnlyList<uint> Directory => _directory;

    public virtual bool IsCompressed => false;

    /// <summary>Where the extent's file holds metadata other than grain tables.</summary>
    public virtual IReadOnlyList<VmdkRegion> Regions => [];

    public int EntryLength { get; }

    /// <summary>Bytes of the file: when it was opened, unless it is being written.</summary>
    protected virtual long FileLength => _openedLength;

    protected VmdkTableCache Tables { get; }

    /// <summary>Where a grain table starts that the directory names so; not for 0.</summary>
    public abstract long TableOffset(uint entry);

    /// <summary>Decodes and judges one entry of a table.</summary>
    /// <exception cref="ImageFormatException">The grain is misplaced, or the entry is none.</exception>
    public abstract VmdkGrain Decode(ReadOnlySpan<byte> table, long tableOffset, int index);

    public sealed override Extent Map(GuestOffset start, GuestOffset end)
    {
        long at = start - Start;
        long limit = Math.Min(end - Start, Length);
        long index = at >> _coverageBits;
        ReadOnlySpan<byte> table = Table(index, out long tableOffset);
        int entry = EntryOf(at);
        VmdkGrain first = table.IsEmpty ? new VmdkGrain(ExtentKind.Backing) : Decode(table, tableOffset, entry);
        long inGrain = at & (GrainSize - 1);
        if (first.Kind == ExtentKind.Data && IsCompressed)
        {
            long length = Math.Min(limit - at, GrainSize - inGrain);
            return new Extent(start, length, ExtentKind.Compressed, Device, new HostOffset(first.Host), StoredLength(table, tableOffset, entry, first.Host), (int)inGrain);
        }

        // Data ends at the table's end, so that callers who ask again from each piece do not walk it all again.
        long reach = Math.Min(limit, (index + (first.Kind == ExtentKind.Data ? 1 : MaximumTables)) << _coverageBits);
        long grainStart = at - inGrain;
        long done = grainStart;
        while (true)
        {
            long tableEnd = Math.Min(reach, (index + 1) << _coverageBits);
            if (table.IsEmpty)
                done = first.Kind == ExtentKind.Backing ? tableEnd : done;
            else
                done = RunEnd(table, tableOffset, first, grainStart, done, tableEnd);
            if (done < tableEnd || done >= reach)
                break;
            table = Table(++index, out tableOffset);
        }

        return new Extent(start, Math.Min(done, limit) - at, first.Kind, first.Kind == ExtentKind.Data ? Device : null, new HostOffset(first.Host + (first.Kind == ExtentKind.Data ? inGrain : 0)));
    }

    /// <summary>The entry that maps a byte of the extent.</summary>
    private int EntryOf(long at) => (int)((at >> _grainBits) & (TableEntries - 1));

    /// <summary>Where the run of grains like the first one ends, at most at the table's end.</summary>
    private long RunEnd(ReadOnlySpan<byte> table, long tableOffset, in VmdkGrain first, long grainStart, long done, long tableEnd)
    {
        for (; done < tableEnd; done += GrainSize)
        {
            VmdkGrain next = Decode(table, tableOffset, EntryOf(done));
            if (next.Kind != first.Kind || (first.Kind == ExtentKind.Data && next.Host - first.Host != done - grainStart))
                break;
        }

        return done;
    }

    /// <summary>
    /// A grain's compressed bytes end where the next grain begins, as they are written in the order of the disk. An entry that
    /// can't be true says nothing about the grain before it.
    /// </summary>
    public int StoredLength(ReadOnlySpan<byte> table, long tableOffset, int entry, long host)
    {
        int most = (int)Math.Min(MaximumStored(GrainSize), FileLength - host);
        for (int next = entry + 1; next < TableEntries; next++)
        {
            VmdkGrain grain;
            try
            {
                grain = Decode(table, tableOffset, next);
            }
            catch (ImageFormatException)
            {
                return most;
            }

            if (grain.Kind == ExtentKind.Data)
                return grain.Host > host ? (int)Math.Min(most, grain.Host - host) : most;
        }

        return most;
    }

    /// <summary>Bytes that a compressed grain takes at most: qemu takes twice the grain (block/vmdk.c).</summary>
    protected static long MaximumStored(int grainSize) => (2L * grainSize) + VmdkSparseHeader.SectorSize;

    /// <summary>Another directory, and another length of the disk that it maps.</summary>
    protected void Replace(uint[] directory, long length) => (_directory, Length) = (directory, length);

    protected virtual ReadOnlySpan<byte> LoadTable(int index, long offset) => Tables.Get(offset);

    /// <summary>The grain table of a directory entry; empty when there is none, or it is all zeroes.</summary>
    public ReadOnlySpan<byte> Table(long index, out long offset)
    {
        uint entry = _directory[index];
        offset = entry == 0 ? 0 : TableOffset(entry);
        return entry == 0 ? [] : LoadTable((int)index, offset);
    }
}
