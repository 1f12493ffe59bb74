namespace OpenStackStorage.Disks;

/// <summary>Where the bytes of a guest range go.</summary>
/// <param name="Start">Where the place starts on the guest's disk.</param>
/// <param name="Length">Bytes that it holds in one run.</param>
/// <param name="Device">Where they are stored.</param>
/// <param name="Host">Where they start there.</param>
/// <param name="IsNew">
/// False: the guest reads this place already. True: it is reserved only; all of it must be filled, also around what is
/// to be written, and then <see cref="WritableImage.Link"/> makes it count.
/// </param>
/// <param name="ReadsAsZeroes">The device holds zeroes in a new place already: only what is not zero must be filled.</param>
public readonly record struct WritePlace(
    GuestOffset Start,
    long Length,
    BlockDevice Device,
    HostOffset Host,
    bool IsNew,
    bool ReadsAsZeroes = false)
{
    public GuestOffset End => Start + Length;
}

/// <summary>
/// An image that is open for writing. As an image only maps, so this only gives out places; <see cref="ImageEditor"/>
/// does the input and output for all formats, one call at a time.
/// <para>
/// A crash must leave the image consistent, at worst with leaks, and every flushed byte in place. So no metadata on the
/// disk may refer to what is not there yet, and nothing is given out anew before the disk no longer refers to it. A format
/// keeps changed metadata in memory until <see cref="Flush"/>, or writes it in an order that it makes sure of by flushing
/// the device in between.
/// </para>
/// </summary>
public abstract class WritableImage(BlockDevice file) : DiskImage(file)
{
    /// <summary>The smallest aligned range that <see cref="Zero"/> takes: the cluster, or less where a format has a finer unit.</summary>
    public virtual int ZeroAlignment => ClusterSize;

    /// <summary>
    /// True has zeroes recorded also where nothing behind the image shows, because another image is about to be put there.
    /// </summary>
    public bool RecordsAllZeroes { get; set; }

    /// <summary>The place for the bytes at <paramref name="start"/>: one run, which may start before and end after the range.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/>, <see cref="ErrorIds.ImageCorrupt"/>.</exception>
    public abstract WritePlace Place(GuestOffset start, GuestOffset end);

    /// <summary>Makes a new place, now filled, what the guest reads.</summary>
    public abstract void Link(in WritePlace place);

    /// <summary>
    /// Makes a range read as zeroes, whatever is behind it, without storing them. False where the format can't, so that
    /// zeroes must be written as data.
    /// </summary>
    /// <param name="start">A multiple of <see cref="ZeroAlignment"/>.</param>
    /// <param name="length">A multiple too, or it ends at the end of the disk.</param>
    /// <param name="free">Give back the space; otherwise keep it for the next write.</param>
    public abstract bool Zero(GuestOffset start, long length, bool free);

    /// <summary>Brings data and metadata to stable storage, in the order that keeps the image consistent.</summary>
    public abstract void Flush();

    /// <summary>
    /// Changes the size of the disk. New space reads as zeroes, also where a longer backing image has data. What is cut off
    /// is lost. Takes effect at once and completely: it flushes.
    /// </summary>
    /// <param name="size">Bytes; the format may round it up to its unit.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the format or this image can't have that size.</exception>
    public abstract void Resize(long size);

    /// <summary>Refuses what <see cref="SetBacking"/> would, before anything is copied for it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public virtual void ValidateBacking(string? name, DiskImage? backing)
    {
    }

    /// <summary>
    /// Names another backing image, or none, and changes nothing else: what is read through it is the caller's concern.
    /// Takes effect at once and completely: it flushes. The image goes on reading through the old one until it is closed.
    /// </summary>
    /// <param name="name">As it is to stand in the image; null for none.</param>
    /// <param name="backing">The image of that name, for what the format records of it.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the format can't record it.</exception>
    public virtual void SetBacking(string? name, DiskImage? backing) =>
        throw new ImageFeatureException(File, $"a backing file in a {ImageFormats.Get(Format).Name} image");

    /// <summary>
    /// What overlays know this image by, where that changes with what it holds: now, and from the first change on. Null
    /// where they know it by an identity that stays, or by its name alone.
    /// </summary>
    public virtual (Guid Now, Guid Next)? ContentIds => null;

    /// <summary>
    /// Records by which <see cref="ContentIds"/> the image behind is known, where the format does that. Takes effect at
    /// once and completely: it flushes.
    /// </summary>
    /// <param name="other">A second one, while the image behind is being changed; null for none.</param>
    public virtual void SetBackingId(Guid id, Guid? other)
    {
    }

    /// <summary>
    /// Ends the work in good order: flushes and marks the image as closed. An image that is disposed without it is as a
    /// crash leaves it.
    /// </summary>
    public virtual void Close() => Flush();
}
