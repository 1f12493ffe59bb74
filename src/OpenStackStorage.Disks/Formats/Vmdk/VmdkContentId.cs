using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>
/// The CID of a new disk. Its only meaning is that it differs when the content does ("The Header"), so it is made from the
/// content: the same disk gets the same file, on however many threads. Blocks may be added in any order.
/// </summary>
/// <param name="seed">What else sets the disk apart: its size, its parent.</param>
internal sealed class VmdkContentId(long seed)
{
    private long _sum = (long)Mix((ulong)seed);

    public uint Value
    {
        get
        {
            uint id = (uint)Mix((ulong)Interlocked.Read(ref _sum));
            return id >= uint.MaxValue - 1 ? id ^ 0x5555_5555 : id; // ffffffff means "no parent", fffffffe is VMware's initial value
        }
    }

    /// <param name="bytes">Whole blocks of 8 bytes.</param>
    public void Add(GuestOffset start, ReadOnlySpan<byte> bytes)
    {
        uint low = 0;
        uint high = uint.MaxValue;
        for (; bytes.Length >= 16; bytes = bytes[16..])
        {
            low = BitOperations.Crc32C(low, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            high = BitOperations.Crc32C(high, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        }

        Interlocked.Add(ref _sum, (long)Mix((((ulong)high << 32) | low) ^ Mix((ulong)start.Value)));
    }

    /// <summary>Spreads every bit over all others, so that equal blocks in different places do not cancel out.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
