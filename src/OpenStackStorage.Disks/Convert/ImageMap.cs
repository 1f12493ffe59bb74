namespace OpenStackStorage.Disks;

/// <summary>A run of one kind on the guest's disk, seen through the whole chain.</summary>
/// <param name="Start">Where it starts on the guest's disk.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Kind">Never <see cref="ExtentKind.Backing"/>: the chain was followed.</param>
/// <param name="Depth">The image of the chain that decides: 0 is the image itself, 1 its backing image.</param>
/// <param name="Device">Where bytes are stored; for runs without any the file of the image that decides.</param>
/// <param name="Host">Where <see cref="ExtentKind.Data"/> starts there; null for all else, compressed clusters too: each has a place of its own.</param>
public readonly record struct MappedRun(GuestOffset Start, long Length, ExtentKind Kind, int Depth, BlockDevice Device, HostOffset? Host)
{
    /// <summary>True when <paramref name="next"/>, which starts where this run ends, goes on with the same.</summary>
    internal bool GoesOnWith(in MappedRun next) =>
        Kind == next.Kind && Depth == next.Depth && ReferenceEquals(Device, next.Device) && Host + Length == next.Host;
}

/// <summary>Tells what a guest's disk consists of. No data is read.</summary>
public static class ImageMap
{
    /// <summary>The runs from <paramref name="start"/> to <paramref name="end"/> in order, neighbours of one kind joined, as they are found.</summary>
    public static IEnumerable<MappedRun> Runs(DiskImage image, GuestOffset start, GuestOffset end, WorkProgress progress, CancellationToken token)
    {
        ImageReader reader = new(image);
        DiskImage[] chain = [.. image.Chain()];
        progress.Total = end - start;
        MappedRun? pending = null;
        for (GuestOffset at = start; at < end;)
        {
            token.ThrowIfCancellationRequested();
            MappedRun next = ToRun(reader.Map(at, end), chain);
            at += next.Length;
            progress.Add(next.Length);
            if (pending is { } run && run.GoesOnWith(next))
            {
                pending = run with { Length = run.Length + next.Length };
                continue;
            }

            if (pending is { } complete)
                yield return complete;
            pending = next;
        }

        if (pending is { } last)
            yield return last;
    }

    private static MappedRun ToRun(in Extent extent, DiskImage[] chain)
    {
        DiskImage layer = extent.Layer!;
        HostOffset? host = extent.Kind == ExtentKind.Data ? extent.Host : null;
        return new MappedRun(extent.Start, extent.Length, extent.Kind, Array.IndexOf(chain, layer), extent.Device ?? layer.File, host);
    }
}
