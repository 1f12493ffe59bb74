using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>Writes the BAT from its start to its end, a page at a time: of the largest disks it takes 512 MiB.</summary>
internal sealed class VhdxBatWriter(BlockDevice file, VhdxRegion bat, VhdxGeometry geometry, VhdxBlockState absent)
{
    private const int PageSize = 64 << 10;

    private readonly byte[] _page = new byte[PageSize];
    private long _next;

    /// <summary>Sets an entry behind all that were set before; payload blocks between them become absent ones.</summary>
    public void Set(long index, VhdxBatEntry entry)
    {
        FillTo(index);
        Append(entry.Value);
    }

    public void Finish(long entries)
    {
        FillTo(entries);
        long end = bat.Length / VhdxBatEntry.Length;
        for (; file.IsFixedSize && _next < end; Append(0))
        {
            // A device holds what was there before.
        }

        Flush((int)(_next * VhdxBatEntry.Length % PageSize));
    }

    private void FillTo(long index)
    {
        int period = geometry.ChunkRatio + 1;
        while (_next < index)
            Append(_next % period == geometry.ChunkRatio ? 0 : (ulong)absent);
    }

    private void Append(ulong entry)
    {
        int at = (int)(_next * VhdxBatEntry.Length % PageSize);
        BinaryPrimitives.WriteUInt64LittleEndian(_page.AsSpan(at), entry);
        _next++;
        if (at + VhdxBatEntry.Length == PageSize)
            Flush(PageSize);
    }

    private void Flush(int length)
    {
        ReadOnlySpan<byte> page = _page.AsSpan(0, length);
        if (length == 0 || (!file.IsFixedSize && ZeroScanner.IsZero(page)))
            return;
        long start = (_next * VhdxBatEntry.Length) - length;
        file.Write(new HostOffset(bat.Offset + start), page);
    }
}
