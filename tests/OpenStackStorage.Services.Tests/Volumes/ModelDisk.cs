namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>What a disk must hold: the pages that were written; everything else is zero. Pages are replaced, never changed, so that copies share them.</summary>
internal sealed class ModelDisk
{
    public const int PageSize = 4096;

    private const long GiB = 1L << 30;

    private readonly Dictionary<long, byte[]> _pages;

    public ModelDisk(int sizeGiB)
        : this(sizeGiB, [])
    {
    }

    private ModelDisk(int sizeGiB, Dictionary<long, byte[]> pages) => (SizeGiB, _pages) = (sizeGiB, pages);

    public int SizeGiB { get; }

    public long Length => SizeGiB * GiB;

    /// <summary>The numbers of the pages that were written.</summary>
    public IReadOnlyCollection<long> Pages => _pages.Keys;

    public byte[]? Find(long page) => _pages.GetValueOrDefault(page);

    /// <summary>The same content on a disk of another size, which is not smaller.</summary>
    public ModelDisk Copy(int sizeGiB) => new(sizeGiB, new Dictionary<long, byte[]>(_pages));

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            (long page, long at) = Math.DivRem(offset, PageSize);
            int length = (int)Math.Min(data.Length, PageSize - at);
            byte[] bytes = _pages.TryGetValue(page, out byte[]? old) ? [.. old] : new byte[PageSize];
            data[..length].CopyTo(bytes.AsSpan((int)at));
            _pages[page] = bytes;
            offset += length;
            data = data[length..];
        }
    }
}
