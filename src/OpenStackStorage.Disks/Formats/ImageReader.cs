using System.Buffers;

namespace OpenStackStorage.Disks;

/// <summary>
/// Reads the guest's disk from any format and through any chain of backing images: the one place where extents
/// become bytes. It may be used from several threads at once.
/// </summary>
/// <param name="image">The image on top.</param>
/// <param name="until">An image behind it whose content does not count: what shows through from there stays <see cref="ExtentKind.Backing"/>.</param>
public sealed class ImageReader(DiskImage image, DiskImage? until = null) : IGuestReader
{
    /// <summary>Compressed clusters lie back to back: one read of this many bytes serves many of them.</summary>
    private const int CompressedBatch = 1 << 20;

    public long Length => image.VirtualSize;

    /// <summary>
    /// Maps the start of a guest range through the whole chain. The kind is <see cref="ExtentKind.Data"/>,
    /// <see cref="ExtentKind.Compressed"/>, <see cref="ExtentKind.Zero"/> or <see cref="ExtentKind.Unallocated"/>.
    /// </summary>
    public Extent Map(GuestOffset start, GuestOffset end)
    {
        for (DiskImage layer = image; ; layer = layer.Backing)
        {
            GuestOffset size = new(layer.VirtualSize);
            if (start >= size)
                return new Extent(start, end - start, ExtentKind.Unallocated, Layer: layer); // a backing image shorter than its overlay
            Extent extent = layer.Map(start, end < size ? end : size);
            if (extent.Kind != ExtentKind.Backing)
                return extent;
            if (until is not null && ReferenceEquals(layer.Backing, until))
                return extent;
            if (layer.Backing is null)
                return extent with { Kind = ExtentKind.Unallocated };
            end = extent.End;
        }
    }

    public void Read(GuestOffset offset, Span<byte> buffer)
    {
        GuestOffset end = offset + buffer.Length;
        if (offset.Value < 0 || end.Value > Length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{offset.Value}+{buffer.Length} lies outside the disk of {Length} bytes.");

        for (GuestOffset at = offset; at < end;)
        {
            Extent extent = Map(at, end);
            Span<byte> target = buffer.Slice((int)(at - offset), (int)extent.Length);
            switch (extent.Kind)
            {
                case ExtentKind.Data:
                    extent.Device!.ReadPadded(extent.Host, target); // the last cluster of a file may be cut short
                    at = extent.End;
                    break;
                case ExtentKind.Compressed:
                    at = ReadCompressed(extent, buffer[(int)(at - offset)..], end);
                    break;
                default:
                    target.Clear();
                    at = extent.End;
                    break;
            }
        }
    }

    /// <summary>Reads a run of compressed clusters that lie close together on the host. Returns where the run ends.</summary>
    private GuestOffset ReadCompressed(Extent first, Span<byte> buffer, GuestOffset end)
    {
        List<Extent> run = [first];
        long hostEnd = first.Host.Value + first.StoredLength;
        while (run[^1].End < end)
        {
            Extent next = Map(run[^1].End, end);
            // Stored lengths are rounded up to sectors, so neighbours overlap by less than 512 bytes.
            if (next.Kind != ExtentKind.Compressed || next.Device != first.Device
                || next.Host.Value < first.Host.Value || Math.Abs(next.Host.Value - hostEnd) > 512
                || next.Host.Value + next.StoredLength - first.Host.Value > CompressedBatch)
            {
                break;
            }

            run.Add(next);
            hostEnd = Math.Max(hostEnd, next.Host.Value + next.StoredLength);
        }

        int stored = (int)(hostEnd - first.Host.Value);
        byte[] batch = ArrayPool<byte>.Shared.Rent(stored);
        byte[]? cluster = null;
        try
        {
            first.Device!.ReadPadded(first.Host, batch.AsSpan(0, stored));
            foreach (Extent extent in run)
            {
                ReadOnlySpan<byte> source = batch.AsSpan((int)(extent.Host - first.Host), extent.StoredLength);
                Span<byte> target = buffer.Slice((int)(extent.Start - first.Start), (int)extent.Length);
                DiskImage layer = extent.Layer!;
                if (target.Length == layer.ClusterSize)
                {
                    layer.Decompress(extent, source, target);
                    continue;
                }

                cluster ??= ArrayPool<byte>.Shared.Rent(layer.ClusterSize);
                layer.Decompress(extent, source, cluster.AsSpan(0, layer.ClusterSize));
                cluster.AsSpan(extent.Skip, target.Length).CopyTo(target);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(batch);
            if (cluster is not null)
                ArrayPool<byte>.Shared.Return(cluster);
        }

        return run[^1].End;
    }
}
