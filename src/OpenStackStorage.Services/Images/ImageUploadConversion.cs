using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Uploads that are converted: the converter writes straight into the store, and what it wrote is digested from there.
/// A source that can't be read at any place has to be held first; the store holds it, unfinished, until the end.
/// </summary>
internal static class ImageUploadConversion
{
    public static ReceivedImage Receive(IImageStore store, ImageId id, ImageContent content, ImageUploadRules rules, UploadSize size, WorkProgress progress, CancellationToken token)
    {
        switch (content)
        {
            case ImageContent.FromDisk disk:
                return Convert(store, id, disk.Disk, rules, size, progress, token);
            case ImageContent.FromFile file:
                return Convert(store, id, FileBlockDevice.OpenRead(file.Path).LockForReading(), rules, size, progress, token);
            case ImageContent.FromStream { Stream: { CanSeek: true } stream }:
                return Convert(store, id, new StreamDevice(stream), rules, size, progress, token);
            case ImageContent.FromStream held:
                using (IPendingImageData pending = store.Begin(id, held.Length ?? rules.ExpectedSize))
                {
                    void Count(long bytes)
                    {
                        size.CountSource(bytes);
                        if (bytes > rules.SizeCap)
                            size.CountStored(bytes);
                    }

                    progress.Total = held.Length ?? 0;
                    new DataPump(pending.Device, progress, digests: false).Run(DataSources.Stream(held.Stream).Counted(Count), token);
                    size.RequireSource(pending.Device.Length, held.Length);
                    return Convert(store, id, new PartOfDevice(pending.Device, 0, pending.Device.Length, ""), rules, size, progress, token);
                }

            default:
                throw new ArgumentOutOfRangeException(nameof(content));
        }
    }

    /// <param name="device">Owned from here on.</param>
    private static ReceivedImage Convert(IImageStore store, ImageId id, BlockDevice device, ImageUploadRules rules, UploadSize size, WorkProgress progress, CancellationToken token)
    {
        using DiskImage source = Open(device, size);
        return Convert(store, id, source, rules, size, progress, token);
    }

    private static ReceivedImage Convert(IImageStore store, ImageId id, DiskImage source, ImageUploadRules rules, UploadSize size, WorkProgress progress, CancellationToken token)
    {
        DiskImageFormat format = rules.ConvertTo!.Value;
        ConversionOptions options = new() { Format = format, Create = new ImageCreateOptions { VirtualSize = source.VirtualSize } };
        progress.Total = progress.Done + source.VirtualSize;
        IPendingImageData pending = store.Begin(id, null);
        return ImageUpload.Finish(pending, rules, target =>
        {
            ImageConverter.Convert(source, new ImageFile(pending.Key, new CountedDevice(target, size.CountStored)), options, progress, token);
            progress.Total = progress.Done + target.Length;
            return new DataPump(target: null, progress).Run(DataSources.Device(target, 0, target.Length), token);
        });
    }

    private static DiskImage Open(BlockDevice device, UploadSize size)
    {
        try
        {
            size.RequireSource(device.Length);
            ImageContentRules.RequireSafe(device);
            return ImageFormats.Open(device, new ImageOpenOptions { Format = ImageFormats.Recognise(device).Format, Gate = OpenGate.Deny });
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}

/// <summary>Tells of a device's growth, which may be refused. It does not own the device.</summary>
internal sealed class CountedDevice(BlockDevice device, Action<long> counted) : BlockDevice
{
    private long _end;

    public override string Path => device.Path;

    public override long Length => device.Length;

    public override bool IsFixedSize => device.IsFixedSize;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => device.ReadUpTo(offset, buffer);

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        Count(offset.Value + buffer.Length);
        device.Write(offset, buffer);
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        Count(offset.Value + length);
        device.WriteZeroes(offset, length);
    }

    public override void SetLength(long length)
    {
        Count(length);
        device.SetLength(length);
    }

    public override void Discard(HostOffset offset, long length) => device.Discard(offset, length);

    public override HostExtent ExtentAt(HostOffset offset, HostOffset end) => device.ExtentAt(offset, end);

    public override void Flush() => device.Flush();

    private void Count(long end)
    {
        long seen = Volatile.Read(ref _end);
        while (end > seen)
        {
            long before = Interlocked.CompareExchange(ref _end, end, seen);
            if (before == seen)
            {
                counted(end);
                return;
            }

            seen = before;
        }
    }
}

/// <summary>A stream that can be read at any place. It does not own the stream.</summary>
internal sealed class StreamDevice(Stream stream) : BlockDevice
{
    private readonly Lock _lock = new();
    private readonly long _start = stream.Position;

    public override string Path => "(stream)";

    public override long Length { get; } = stream.Length - stream.Position;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        lock (_lock)
        {
            try
            {
                stream.Position = _start + offset.Value;
                return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException or NotSupportedException)
            {
                throw new ServiceException(ErrorIds.ReadFailed, $"The stream of the image's data failed: {error.Message}", error);
            }
        }
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
