using System.Buffers;

namespace OpenStackStorage.Disks;

/// <summary>
/// Writes into an open image of any format, in place: the one place where writing becomes input and output. It copies on
/// write from what was there before, be it a backing image, a compressed cluster or a snapshot's. Calls may come from several
/// threads; they are done one at a time.
/// </summary>
public sealed class ImageEditor(WritableImage image) : IGuestReader, IDisposable
{
    /// <summary>Copy on write moves at most this much at a time.</summary>
    private const int CopyPiece = 1 << 20;

    private readonly Lock _lock = new();
    private readonly ImageReader _reader = new(image);

    public WritableImage Image => image;

    public long Length => image.VirtualSize;

    public void Read(GuestOffset offset, Span<byte> buffer)
    {
        lock (_lock)
            _reader.Read(offset, buffer);
    }

    /// <summary>Maps the start of a guest range through the whole chain, as <see cref="ImageReader.Map"/> does.</summary>
    public Extent Map(GuestOffset start, GuestOffset end)
    {
        lock (_lock)
            return _reader.Map(start, end);
    }

    /// <summary>Maps the start of a guest range in the image alone, without what is behind it.</summary>
    public Extent MapOwn(GuestOffset start, GuestOffset end)
    {
        lock (_lock)
            return image.Map(start, end);
    }

    /// <summary>Writes bytes of the guest's disk. They are on stable storage after <see cref="Flush"/>.</summary>
    public void Write(GuestOffset offset, ReadOnlySpan<byte> data)
    {
        RequireInside(offset, data.Length);
        lock (_lock)
            WriteData(offset, data);
    }

    /// <summary>Makes a range read as zeroes.</summary>
    /// <param name="free">Give back its space where the format and the host can, as a guest's discard asks.</param>
    public void Zero(GuestOffset offset, long length, bool free)
    {
        RequireInside(offset, length);
        GuestOffset end = offset + length;
        int unit = image.ZeroAlignment;
        lock (_lock)
        {
            GuestOffset first = new((offset.Value + unit - 1) / unit * unit);
            // The last unit of the disk may be cut short.
            GuestOffset last = end.Value == Length ? end : new(end.Value / unit * unit);
            if (first >= last)
            {
                ZeroAsData(offset, end);
                return;
            }

            ZeroAsData(offset, first);
            if (!image.Zero(first, last - first, free))
                ZeroAsData(first, last);
            ZeroAsData(last, end);
        }
    }

    /// <summary>Reserves a range that reads as zeroes and may not be allocated yet, as told.</summary>
    public void Preallocate(GuestOffset start, long length, Preallocation preallocation, WorkProgress progress, CancellationToken token)
    {
        RequireInside(start, length);
        GuestOffset end = start + length;
        while (preallocation != Preallocation.Off && start < end)
        {
            token.ThrowIfCancellationRequested();
            lock (_lock)
            {
                WritePlace place = image.Place(start, end);
                if (place.IsNew)
                    CopyOld(place, place.Start, place.End); // it may start before the range, where there is data
                long held = (place.End < end ? place.End : end) - start;
                long hostEnd = place.Host.Value + place.Length;
                // Also where no space is reserved yet, the tables must not refer to what lies behind the end of the file.
                if (place.IsNew && !place.Device.IsFixedSize && place.Device.Length < hostEnd)
                    place.Device.SetLength(hostEnd);
                if (preallocation != Preallocation.Metadata)
                    place.Device.Preallocate(place.Host + (start - place.Start), held, preallocation, progress, token);
                if (place.IsNew)
                    image.Link(place);
                start += held;
            }
        }
    }

    /// <summary>Returns when everything written so far would survive a power cut.</summary>
    public void Flush()
    {
        lock (_lock)
            image.Flush();
    }

    /// <inheritdoc cref="WritableImage.Resize"/>
    public void Resize(long size)
    {
        lock (_lock)
            image.Resize(size);
    }

    /// <inheritdoc cref="WritableImage.Close"/>
    public void Close()
    {
        lock (_lock)
            image.Close();
    }

    public void Dispose() => image.Dispose();

    private void RequireInside(GuestOffset offset, long length)
    {
        if (offset.Value < 0 || length < 0 || offset.Value > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{offset.Value}+{length} lies outside the disk of {Length} bytes.");
    }

    private void WriteData(GuestOffset offset, ReadOnlySpan<byte> data)
    {
        GuestOffset end = offset + data.Length;
        for (GuestOffset at = offset; at < end;)
        {
            WritePlace place = image.Place(at, end);
            GuestOffset pieceEnd = place.End < end ? place.End : end;
            ReadOnlySpan<byte> piece = data.Slice((int)(at - offset), (int)(pieceEnd - at));
            if (place.IsNew)
                CopyOld(place, place.Start, at);
            place.Device.Write(place.Host + (at - place.Start), piece);
            if (place.IsNew)
            {
                CopyOld(place, pieceEnd, place.End);
                image.Link(place);
            }

            at = pieceEnd;
        }
    }

    /// <summary>Fills a part of a new place with what the guest reads there now.</summary>
    private void CopyOld(in WritePlace place, GuestOffset start, GuestOffset end)
    {
        GuestOffset disk = new(Length);
        while (start < end)
        {
            // What lies behind the end of the disk is nobody's, but it must not be left undefined.
            Extent extent = start < disk ? _reader.Map(start, end < disk ? end : disk) : new Extent(start, end - start, ExtentKind.Unallocated);
            HostOffset host = place.Host + (start - place.Start);
            if (!extent.ReadsAsZeroes)
                CopyPieces(place.Device, host, extent);
            else if (!place.ReadsAsZeroes)
                place.Device.WriteZeroes(host, extent.Length);
            start = extent.End;
        }
    }

    private void CopyPieces(BlockDevice device, HostOffset host, in Extent extent)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(extent.Length, CopyPiece));
        for (GuestOffset at = extent.Start; at < extent.End;)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - at));
            _reader.Read(at, piece);
            device.Write(host + (at - extent.Start), piece);
            at += piece.Length;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Writes zeroes where the guest does not read them already, or might not later.</summary>
    private void ZeroAsData(GuestOffset start, GuestOffset end)
    {
        if (start >= end)
            return;
        byte[] zeroes = new byte[(int)Math.Min(end - start, CopyPiece)];
        while (start < end)
        {
            Extent extent = _reader.Map(start, end);
            if (!extent.ReadsAsZeroes || image.RecordsAllZeroes)
            {
                for (GuestOffset at = extent.Start; at < extent.End;)
                {
                    int piece = (int)Math.Min(zeroes.Length, extent.End - at);
                    WriteData(at, zeroes.AsSpan(0, piece));
                    at += piece;
                }
            }

            start = extent.End;
        }
    }
}
