using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>A range of another device, for reading. It does not own that device.</summary>
internal sealed class PartOfDevice(BlockDevice whole, long start, long length, string name) : BlockDevice
{
    public override string Path => $"{whole.Path}/{name}";

    public override long Length => length;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        int stored = (int)Math.Clamp(length - offset.Value, 0, buffer.Length);
        return stored == 0 ? 0 : whole.ReadUpTo(new HostOffset(start + offset.Value), buffer[..stored]);
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
