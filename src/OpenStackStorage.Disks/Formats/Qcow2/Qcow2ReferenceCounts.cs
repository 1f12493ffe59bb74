namespace OpenStackStorage.Disks;

/// <summary>
/// How often each host cluster is referred to, within a window of the file: memory grows neither with the file, nor with
/// what its tables claim.
/// </summary>
/// <param name="clusters">Host clusters that are counted in all.</param>
/// <param name="window">Host clusters that are counted at once.</param>
internal sealed class Qcow2ReferenceCounts(int clusterBits, long clusters, int window)
{
    /// <summary>16 MiB of counters: 512 GiB of file with clusters of 64 KiB.</summary>
    public const int DefaultWindow = 1 << 23;

    /// <summary>Counts stop here.</summary>
    public const ushort Maximum = ushort.MaxValue;

    private readonly ushort[] _counts = new ushort[(int)Math.Min(window, clusters)];
    private readonly ulong[] _unshareable = new ulong[(int)((Math.Min(window, clusters) + 63) / 64)];

    public long Windows => Math.Max(1, (clusters + window - 1) / window);

    /// <summary>The first cluster of the window.</summary>
    public long Start { get; private set; }

    /// <summary>The cluster after the window's last one.</summary>
    public long End => Math.Min(clusters, Start + window);

    /// <summary>Empties the window and moves it.</summary>
    public void MoveTo(int number)
    {
        Start = (long)number * window;
        Array.Clear(_counts);
        Array.Clear(_unshareable);
    }

    public ushort this[long cluster] => _counts[cluster - Start];

    /// <summary>True when something lies there that nothing may share a cluster with.</summary>
    public bool IsUnshareable(long cluster) => (_unshareable[(cluster - Start) >> 6] >> (int)((cluster - Start) & 63) & 1) != 0;

    /// <summary>The first cluster at or after <paramref name="cluster"/> that is referred to; <paramref name="end"/> when there is none.</summary>
    public long NextUsed(long cluster, long end)
    {
        int index = _counts.AsSpan((int)(cluster - Start), (int)(end - cluster)).IndexOfAnyExcept((ushort)0);
        return index < 0 ? end : cluster + index;
    }

    /// <summary>Counts a range of bytes. What lies outside the window is left out.</summary>
    /// <returns>False when the range ends past the last cluster that is counted.</returns>
    public bool Add(long offset, long length, bool unshareable)
    {
        long last = (offset + length - 1) >> clusterBits;
        long end = Math.Min(End, last + 1);
        for (long cluster = Math.Max(Start, offset >> clusterBits); cluster < end; cluster++)
        {
            ref ushort count = ref _counts[cluster - Start];
            if (count < Maximum)
                count++;
            if (unshareable)
                _unshareable[(cluster - Start) >> 6] |= 1UL << (int)((cluster - Start) & 63);
        }

        return last < clusters;
    }
}
