using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>Overwrites the start of a file with zeroes: <c>volume_clear</c>, as <c>dd</c> does it for Cinder. Holes have nothing to overwrite.</summary>
internal static class LayerWipe
{
    private const int Piece = 1 << 20;

    /// <param name="clearMiB">Null for all.</param>
    public static void Run(BlockDevice device, int? clearMiB, WorkProgress progress, CancellationToken token)
    {
        HostOffset end = new(Math.Min(device.Length, clearMiB is { } limit ? (long)limit << 20 : long.MaxValue));
        byte[] zeroes = new byte[Piece];
        progress.Total += end.Value;
        for (HostOffset at = default; at < end;)
        {
            HostExtent extent = device.ExtentAt(at, end);
            long done = extent.IsData ? Math.Min(extent.Length, Piece) : extent.Length;
            token.ThrowIfCancellationRequested();
            if (extent.IsData)
                device.Write(at, zeroes.AsSpan(0, (int)done));
            progress.Add(done);
            at += done;
        }

        device.Flush();
    }
}
