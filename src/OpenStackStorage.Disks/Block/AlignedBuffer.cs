using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>Memory outside the managed heap, aligned to 4096 bytes, so that large buffers cost the collector nothing.</summary>
public sealed unsafe class AlignedBuffer : IDisposable
{
    private const int Alignment = 4096;

    private byte* _pointer;

    public AlignedBuffer(int length)
    {
        Length = length;
        _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, length), Alignment);
    }

    ~AlignedBuffer() => Free();

    public int Length { get; }

    public Span<byte> Span => _pointer is null ? throw new ObjectDisposedException(nameof(AlignedBuffer)) : new Span<byte>(_pointer, Length);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
