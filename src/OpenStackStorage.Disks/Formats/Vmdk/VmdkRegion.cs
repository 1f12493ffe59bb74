namespace OpenStackStorage.Disks;

/// <summary>A range of an extent's file that holds metadata, so that no grain and no grain table may lie there.</summary>
internal readonly record struct VmdkRegion(long Start, long Length, string Name)
{
    public long End => Start + Length;

    /// <summary>The name of the first region that a range touches; null when it touches none.</summary>
    public static string? Overlap(VmdkRegion[] regions, long start, long length)
    {
        foreach (VmdkRegion region in regions)
        {
            if (start < region.End && region.Start < start + length)
                return region.Name;
        }

        return null;
    }
}
