using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What a <see cref="DataPump"/> reads from.</summary>
internal static class DataSources
{
    private const long ZeroPiece = 16 << 20; // digesting zeroes takes its time: in pieces it can be stopped and shows progress

    /// <summary>The bytes of a device from a place to its end; holes are not read.</summary>
    /// <param name="isNew">False for what the target has already.</param>
    public static Func<PumpChunk, CancellationToken, bool> Device(BlockDevice device, long start, long end, bool isNew = true)
    {
        HostExtent extent = default;
        long position = start;
        return (chunk, _) =>
        {
            if (position >= end)
                return false;
            if (position >= extent.Start.Value + extent.Length)
                extent = device.ExtentAt(new HostOffset(position), new HostOffset(end));
            long rest = extent.Length == 0 ? end - position : extent.Start.Value + extent.Length - position;
            chunk.IsNew = isNew;
            chunk.IsZero = !extent.IsData && extent.Length > 0;
            chunk.Length = Math.Min(rest, chunk.IsZero ? ZeroPiece : PumpChunk.Capacity);
            if (!chunk.IsZero)
                device.Read(new HostOffset(position), chunk.Buffer.AsSpan(0, (int)chunk.Length));
            position += chunk.Length;
            return true;
        };
    }

    /// <summary>A stream from where it stands to its end. A stream that heeds the token stops at once.</summary>
    public static Func<PumpChunk, CancellationToken, bool> Stream(Stream stream) => (chunk, token) =>
    {
        int length = 0;
        try
        {
            for (int read = -1; read != 0 && length < PumpChunk.Capacity; length += read)
                read = stream.ReadAsync(chunk.Buffer.AsMemory(length), token).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or NotSupportedException)
        {
            throw new ServiceException(ErrorIds.ReadFailed, $"The stream of the image's data failed: {error.Message}", error);
        }

        chunk.Length = length;
        return length > 0;
    };

    /// <summary>One after the other.</summary>
    public static Func<PumpChunk, CancellationToken, bool> Then(this Func<PumpChunk, CancellationToken, bool> first, Func<PumpChunk, CancellationToken, bool> second) =>
        (chunk, token) => first(chunk, token) || second(chunk, token);

    /// <summary>Counts what arrives; <paramref name="counted"/> throws to stop it at once.</summary>
    public static Func<PumpChunk, CancellationToken, bool> Counted(this Func<PumpChunk, CancellationToken, bool> source, Action<long> counted)
    {
        long total = 0;
        return (chunk, token) =>
        {
            if (!source(chunk, token))
                return false;
            counted(total += chunk.Length);
            return true;
        };
    }
}
