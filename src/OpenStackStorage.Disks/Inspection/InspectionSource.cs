namespace OpenStackStorage.Disks;

/// <summary>
/// The parts of a device that inspection looks at. Each range is read once, so all checks judge the same bytes
/// even when the file changes meanwhile. Not for several threads.
/// </summary>
internal sealed class InspectionSource(BlockDevice device)
{
    private const int HeadLength = 1024;
    private const int TailLength = 512;

    private readonly Dictionary<(long Offset, int Length), byte[]> _ranges = [];

    public BlockDevice Device => device;

    /// <summary>Length of the file in bytes, taken once.</summary>
    public long Length { get; } = device.Length;

    /// <summary>The first 1024 bytes; what lies past the end is zero, as qemu reads it.</summary>
    public ReadOnlySpan<byte> Head => Read(0, HeadLength);

    /// <summary>The last 512 bytes; empty when the file is shorter.</summary>
    public ReadOnlySpan<byte> Tail => Length < TailLength ? [] : Read(Length - TailLength, TailLength);

    /// <summary>Bytes of a range; what lies past the end is zero. The caller bounds the length: 1 MiB at most.</summary>
    public ReadOnlySpan<byte> Read(long offset, int length)
    {
        if (_ranges.TryGetValue((offset, length), out byte[]? range))
            return range;
        range = new byte[length];
        device.ReadPadded(new HostOffset(offset), range);
        _ranges.Add((offset, length), range);
        return range;
    }
}
