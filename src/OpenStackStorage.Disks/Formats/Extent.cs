namespace OpenStackStorage.Disks;

/// <summary>What a range of the guest's disk consists of.</summary>
public enum ExtentKind
{
    /// <summary>Bytes as they are, at a host offset.</summary>
    Data,

    /// <summary>Zeroes; nothing is stored, and a backing file does not show through.</summary>
    Zero,

    /// <summary>One compressed cluster.</summary>
    Compressed,

    /// <summary>Not in this image: the backing file's bytes show through.</summary>
    Backing,

    /// <summary>Not in this image, and there is no backing file: reads as zeroes.</summary>
    Unallocated,
}

/// <summary>A range of the guest's disk and where its bytes are.</summary>
/// <param name="Start">Where the range starts on the guest's disk.</param>
/// <param name="Length">Bytes of the guest's disk.</param>
/// <param name="Kind">What it consists of.</param>
/// <param name="Device">Where the bytes are stored; null unless <see cref="ExtentKind.Data"/> or <see cref="ExtentKind.Compressed"/>.</param>
/// <param name="Host">Where they start there.</param>
/// <param name="StoredLength">Compressed bytes at <paramref name="Host"/>, at most; the stream may end earlier.</param>
/// <param name="Skip">Bytes of the decompressed cluster that lie before <paramref name="Start"/>.</param>
/// <param name="Layer">The image of the chain that the range comes from.</param>
public readonly record struct Extent(
    GuestOffset Start,
    long Length,
    ExtentKind Kind,
    BlockDevice? Device = null,
    HostOffset Host = default,
    int StoredLength = 0,
    int Skip = 0,
    DiskImage? Layer = null)
{
    public GuestOffset End => Start + Length;

    /// <summary>The part from an offset within it on.</summary>
    public Extent From(GuestOffset start)
    {
        long skipped = start - Start;
        Extent rest = this with { Start = start, Length = Length - skipped };
        return Kind switch
        {
            ExtentKind.Data => rest with { Host = Host + skipped },
            ExtentKind.Compressed => rest with { Skip = Skip + (int)skipped },
            _ => rest,
        };
    }

    /// <summary>True when both start with the very same stored bytes, so that they need not be compared.</summary>
    public bool IsSamePlaceAs(in Extent other) =>
        Device is not null && other.Device is not null && Kind == other.Kind && Host == other.Host && Skip == other.Skip && Device.IsSameAs(other.Device);

    /// <summary>True when the range reads as zeroes without looking at stored bytes.</summary>
    public bool ReadsAsZeroes => Kind is ExtentKind.Zero or ExtentKind.Unallocated;
}
