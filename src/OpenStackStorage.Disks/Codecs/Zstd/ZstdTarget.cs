namespace OpenStackStorage.Disks;

/// <summary>The cluster that frames are decoded into. It is also the window: a match reaches back to the frame's first byte.</summary>
internal unsafe struct ZstdTarget(byte* start, int length)
{
    public byte* Start { get; } = start;

    public byte* End { get; } = start + length;

    /// <summary>Where the frame that is being decoded began.</summary>
    public byte* Frame { get; set; } = start;

    public byte* Position { get; set; } = start;

    /// <summary>Set when there was more to write than there was room.</summary>
    public bool Overran { get; private set; }

    public readonly int Room => (int)(End - Position);

    public readonly int Written => (int)(Position - Start);

    /// <summary>Writes what there is room for.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Clip(bytes.Length)];
        bytes.CopyTo(new Span<byte>(Position, bytes.Length));
        Position += bytes.Length;
    }

    /// <inheritdoc cref="Write"/>
    public void Fill(byte value, int count)
    {
        count = Clip(count);
        new Span<byte>(Position, count).Fill(value);
        Position += count;
    }

    /// <summary>Repeats what was written <paramref name="offset"/> bytes ago, as far as there is room.</summary>
    public void Repeat(long offset, int count)
    {
        count = Clip(count);
        for (byte* end = Position + count; Position < end; Position++)
            *Position = *(Position - offset);
    }

    private int Clip(int count)
    {
        if (count <= Room)
            return count;
        Overran = true;
        return Room;
    }
}
