using System.Buffers;

namespace OpenStackStorage.Disks;

/// <summary>
/// Reads the guest's disk from any format and through any chain of backing images: the one place where extents
/// become bytes. It may be used from several threads at once.
/// </summary>
/// <param name="image">The image on top.</param>
/// <param name="until">An image behind it whose content does not count: what shows through from there stays <see cref="ExtentKind.Backing"/>.</param>
/// <param name="losses">Read what can't be read as zeroes, and tell of it here; null to fail there.</param>
public sealed class ImageReader(DiskImage image, DiskImage? until = null, SalvageLog? losses = null) : IGuestReader
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
        DiskImage above = image;
        for (DiskImage layer = image; ; layer = layer.Backing)
        {
            GuestOffset size = new(layer.VirtualSize);
            if (start >= size)
                return new Extent(start, end - start, ExtentKind.Unallocated, Layer: above); // a backing image shorter than its overlay
            Extent extent = MapLayer(layer, start, end < size ? end : size);
            if (extent.Kind != ExtentKind.Backing)
                return extent;
            if (until is not null && ReferenceEquals(layer.Backing, until))
                return extent;
            if (layer.Backing is null)
                return extent with { Kind = ExtentKind.Unallocated };
            end = extent.End;
            above = layer;
        }
    }

    /// <summary>Maps in one image; to salvage, a cluster that can't be mapped is lost, and its backing file's bytes are no substitute.</summary>
    private Extent MapLayer(DiskImage layer, GuestOffset start, GuestOffset end)
    {
        long cluster = layer.ClusterSize - (start.Value % layer.ClusterSize);
        for (long length = end - start; ; length = Math.Max(cluster, length / 2))
        {
            try
            {
                return layer.Map(start, start + length);
            }
            catch (StorageException error) when (losses is not null && Salvage.IsLoss(error))
            {
                if (length > cluster)
                    continue; // the run may be good up to a later cluster that is not
                losses.Add(start, length, LossKind.Unmapped, error);
                return new Extent(start, length, ExtentKind.Zero, Layer: layer);
            }
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
                    ReadData(extent, target);
                    at = extent.End;
                    break;
                case ExtentKind.Compressed:
                    at = ReadCompressedOrLose(extent, buffer[(int)(at - offset)..], end);
                    break;
                default:
                    target.Clear();
                    at = extent.End;
                    break;
            }
        }
    }

    /// <summary>Reads stored bytes; the last cluster of a file may be cut short.</summary>
    private void ReadData(in Extent extent, Span<byte> target)
    {
        if (losses is null)
            extent.Device!.ReadPadded(extent.Host, target);
        else
            Salvage.Read(extent.Device!, extent.Host, target, fill: 0, Lost(losses, extent.Start));
    }

    private static Action<int, int, StorageException> Lost(SalvageLog losses, GuestOffset start) =>
        (offset, length, error) => losses.Add(start + offset, length, LossKind.Unreadable, error);

    /// <summary>Reads a run of compressed clusters; to salvage, each alone where the run as a whole fails.</summary>
    private GuestOffset ReadCompressedOrLose(in Extent first, Span<byte> buffer, GuestOffset end)
    {
        try
        {
            return ReadCompressed(first, buffer, end);
        }
        catch (StorageException error) when (losses is not null && Salvage.IsLoss(error))
        {
            if (end > first.End)
                return ReadCompressedOrLose(first, buffer, first.End);
            losses.Add(first.Start, first.Length, error.Id == ErrorIds.ReadFailed ? LossKind.Unreadable : LossKind.Undecodable, error);
            buffer[..(int)first.Length].Clear();
            return first.End;
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
