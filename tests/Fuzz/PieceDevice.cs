using OpenStackStorage.Disks;

namespace OpenStackStorage.Fuzz;

/// <summary>
/// A large file of few bytes: pieces at offsets, and zeroes between them. So the input of a target is what a parser looks
/// at, without the gaps that a format's alignment asks for.
/// </summary>
internal sealed class PieceDevice(string path, long length, params (long Offset, byte[] Bytes)[] pieces) : BlockDevice
{
    public override string Path => path;

    public override long Length => length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Clamp(length - offset.Value, 0, buffer.Length)];
        buffer.Clear();
        foreach ((long start, byte[] bytes) in pieces)
        {
            long from = Math.Max(start, offset.Value);
            long to = Math.Min(start + bytes.Length, offset.Value + buffer.Length);
            if (from < to)
                bytes.AsSpan((int)(from - start), (int)(to - from)).CopyTo(buffer[(int)(from - offset.Value)..]);
        }

        return buffer.Length;
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();
}
