using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Holds a disk against a model.</summary>
internal static class ModelDiskCheck
{
    /// <summary>The size, and the pages that were written.</summary>
    /// <returns>What differs; null for nothing.</returns>
    public static string? Written(DiskImage image, ModelDisk disk)
    {
        if (image.VirtualSize != disk.Length)
            return $"it has {image.VirtualSize} bytes, not {disk.Length}";
        ImageReader reader = new(image);
        byte[] page = new byte[ModelDisk.PageSize];
        foreach (long number in disk.Pages)
        {
            reader.Read(new GuestOffset(number * ModelDisk.PageSize), page);
            if (!page.AsSpan().SequenceEqual(disk.Find(number)))
                return $"page {number} differs";
        }

        return null;
    }

    /// <summary>Everything: whatever holds data is the model's, or zero.</summary>
    /// <returns>What differs; null for nothing.</returns>
    public static string? Whole(DiskImage image, ModelDisk disk)
    {
        if (Written(image, disk) is { } difference)
            return difference;
        ImageReader reader = new(image);
        byte[] piece = new byte[1 << 20];
        GuestOffset end = new(image.VirtualSize);
        for (GuestOffset at = default; at < end;)
        {
            Extent extent = reader.Map(at, end);
            if (extent.ReadsAsZeroes)
            {
                at = extent.End;
                continue;
            }

            int length = (int)Math.Min(extent.Length, piece.Length - (at.Value % piece.Length));
            reader.Read(at, piece.AsSpan(0, length));
            foreach (long number in Pages(at.Value, length).Where(number => disk.Find(number) is not null))
            {
                // It has been compared.
                int from = (int)Math.Max(0, (number * ModelDisk.PageSize) - at.Value);
                int to = (int)Math.Min(length, ((number + 1) * ModelDisk.PageSize) - at.Value);
                piece.AsSpan(from..to).Clear();
            }

            if (piece.AsSpan(0, length).ContainsAnyExcept((byte)0))
                return $"at {at.Value}+{length} it shows what nobody wrote";
            at += length;
        }

        return null;
    }

    private static IEnumerable<long> Pages(long at, int length)
    {
        for (long number = at / ModelDisk.PageSize; number * ModelDisk.PageSize < at + length; number++)
            yield return number;
    }
}
