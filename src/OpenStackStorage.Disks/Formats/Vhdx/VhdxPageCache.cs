namespace OpenStackStorage.Disks;

/// <summary>
/// Pages of the BAT or of sector bitmaps that were used last, at most 4 MiB of them. A page once handed out never changes,
/// so that readers need no lock while they look at it.
/// </summary>
/// <param name="fillUnreadable">To salvage: bytes that can't be read become 0xFF, which no valid BAT entry holds.</param>
internal sealed class VhdxPageCache(BlockDevice content, bool fillUnreadable)
{
    /// <summary>Bytes of a page. What one block has of a sector bitmap never crosses one.</summary>
    public const int PageSize = 64 << 10;

    private readonly Page?[] _pages = new Page?[64];

    /// <summary>The bytes from an offset to the end of its page.</summary>
    public ReadOnlySpan<byte> From(long offset)
    {
        long start = offset & -PageSize;
        ref Page? slot = ref _pages[(int)(start / PageSize % _pages.Length)];
        Page? page = Volatile.Read(ref slot);
        if (page?.Offset != start)
        {
            page = new Page(start, new byte[PageSize]);
            if (fillUnreadable)
                Salvage.Read(content, new HostOffset(start), page.Bytes, fill: 0xFF);
            else
                content.Read(new HostOffset(start), page.Bytes);
            Volatile.Write(ref slot, page);
        }

        return page.Bytes.AsSpan((int)(offset - start));
    }

    private sealed record Page(long Offset, byte[] Bytes);
}
