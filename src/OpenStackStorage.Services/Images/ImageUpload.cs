using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What an upload is held to.</summary>
public sealed record ImageUploadRules
{
    /// <summary>The format in which the data is stored: after a conversion the new one.</summary>
    public required ImageDiskFormat DiskFormat { get; init; }

    public ImageContainerFormat ContainerFormat { get; init; }

    /// <summary>Bytes that the source must have; null to take what comes.</summary>
    public long? ExpectedSize { get; init; }

    /// <summary>The format to convert into; null to store the bytes as they are.</summary>
    public DiskImageFormat? ConvertTo { get; init; }

    /// <summary>The most bytes of one image: Glance's <c>image_size_cap</c>; null for no limit.</summary>
    public long? SizeCap { get; init; }

    /// <summary>Told how many bytes the stored image has so far, from any thread. What it throws stops the upload at once.</summary>
    public Action<long>? Arrived { get; init; }
}

/// <summary>What was stored.</summary>
/// <param name="Size">Bytes of the data.</param>
/// <param name="Facts">What the content was found to be; its virtual size is the image's.</param>
public sealed record ImageUploadResult(long Size, ImageDigests Digests, ImageContentFacts Facts);

/// <summary>An upload whose data has arrived and passed. Disposing it before its commit removes the data.</summary>
public sealed class ReceivedImage : IDisposable
{
    private readonly IPendingImageData _pending;

    internal ReceivedImage(IPendingImageData pending, ImageUploadResult result) => (_pending, Result) = (pending, result);

    public string Key => _pending.Key;

    public ImageUploadResult Result { get; }

    /// <inheritdoc cref="IPendingImageData.Commit"/>
    public void Commit(Image record, CancellationToken token) => _pending.Commit(record, token);

    public void Dispose() => _pending.Dispose();
}

/// <summary>Brings an image's data into a store: read once, counted, digested and written in one pass, then looked at.</summary>
public static class ImageUpload
{
    /// <summary>Returns with the data in the store's hands, not yet committed. After a failure or a stop nothing is left.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.ImageSizeMismatch"/>, <see cref="ErrorIds.QuotaExceeded"/>, <see cref="ErrorIds.ImageFormatMismatch"/>,
    /// <see cref="ErrorIds.ImageUnsafe"/>, and what the store throws.
    /// </exception>
    public static ReceivedImage Receive(IImageStore store, ImageId id, ImageContent content, ImageUploadRules rules, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rules);
        token.ThrowIfCancellationRequested();
        UploadSize size = new(rules);
        return (content, rules.ConvertTo) switch
        {
            (ImageContent.FromFile file, null) => ReceiveFile(store, id, file.Path, rules, size, progress, token),
            (ImageContent.FromStream stream, null) => ReceiveStream(store, id, stream, rules, size, progress, token),
            _ => ImageUploadConversion.Receive(store, id, content, rules, size, progress, token),
        };
    }

    /// <summary>Disposes what an upload has begun when the rest of it fails.</summary>
    internal static ReceivedImage Finish(IPendingImageData pending, ImageUploadRules rules, Func<BlockDevice, ImageDigests> fill)
    {
        try
        {
            ImageDigests digests = fill(pending.Device);
            ImageContentFacts facts = ImageContentRules.Check(pending.Device, rules.DiskFormat, rules.ContainerFormat);
            return new ReceivedImage(pending, new ImageUploadResult(pending.Device.Length, digests, facts));
        }
        catch
        {
            pending.Dispose();
            throw;
        }
    }

    /// <summary>Looked at before as well: a file that can't pass need not be copied first.</summary>
    private static ReceivedImage ReceiveFile(IImageStore store, ImageId id, string path, ImageUploadRules rules, UploadSize size, WorkProgress progress, CancellationToken token)
    {
        using FileBlockDevice source = FileBlockDevice.OpenRead(path).LockForReading();
        size.RequireSource(source.Length);
        size.CountStored(source.Length);
        ImageContentRules.Check(source, rules.DiskFormat, rules.ContainerFormat);
        progress.Total = source.Length;
        return Finish(store.Begin(id, Math.Min(source.Length, source.AllocatedLength)), rules, target =>
        {
            bool isShared = target.TryCloneFrom(source);
            BlockDevice from = isShared ? target : source;
            Func<PumpChunk, CancellationToken, bool> data = DataSources.Device(from, 0, from.Length, isNew: !isShared);
            return new DataPump(target, progress).Run(data.Counted(size.CountBoth), token);
        });
    }

    private static ReceivedImage ReceiveStream(IImageStore store, ImageId id, ImageContent.FromStream content, ImageUploadRules rules, UploadSize size, WorkProgress progress, CancellationToken token)
    {
        if (content.Length is { } length)
        {
            size.RequireSource(length);
            size.CountStored(length);
            progress.Total = length;
        }

        return Finish(store.Begin(id, content.Length ?? rules.ExpectedSize), rules, target =>
        {
            ImageDigests digests = new DataPump(target, progress).Run(DataSources.Stream(content.Stream).Counted(size.CountBoth), token);
            size.RequireSource(target.Length, content.Length);
            return digests;
        });
    }
}

/// <summary>Holds sizes against what was announced and what is allowed.</summary>
internal sealed class UploadSize(ImageUploadRules rules)
{
    public void CountBoth(long bytes)
    {
        CountSource(bytes);
        CountStored(bytes);
    }

    /// <summary>Bytes of the source so far.</summary>
    public void CountSource(long bytes)
    {
        if (bytes > rules.ExpectedSize)
            throw Mismatch($"more than {rules.ExpectedSize} bytes", rules.ExpectedSize.Value);
    }

    /// <summary>Bytes of the stored image so far.</summary>
    public void CountStored(long bytes)
    {
        if (bytes > rules.SizeCap)
        {
            throw new ServiceException(ErrorIds.QuotaExceeded, $"The image would be larger than {rules.SizeCap} bytes, the most that one may have.")
            {
                Found = $"at least {bytes} bytes",
                Expected = $"at most {rules.SizeCap} bytes",
            };
        }

        rules.Arrived?.Invoke(bytes);
    }

    /// <summary>Bytes of the whole source, which may have been announced by who gave it too.</summary>
    public void RequireSource(long bytes, long? announced = null)
    {
        if ((rules.ExpectedSize ?? announced) is { } expected && bytes != expected)
            throw Mismatch($"{bytes} bytes", expected);
        if (announced is { } length && bytes != length)
            throw Mismatch($"{bytes} bytes", length);
    }

    private static ServiceException Mismatch(string found, long expected) =>
        new(ErrorIds.ImageSizeMismatch, $"The data has {found}; {expected} were announced.")
        {
            Found = found,
            Expected = $"{expected} bytes",
        };
}
