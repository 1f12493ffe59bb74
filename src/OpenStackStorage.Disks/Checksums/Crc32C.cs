using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), start and final inversion 0xFFFFFFFF, as VHDX uses it. .NET takes the
/// processor's own instruction where there is one (SSE4.2, Arm) and a table elsewhere.
/// </summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>Goes on from the checksum of what precedes <paramref name="bytes"/>; 0 stands for nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint register = ~crc;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            register = BitOperations.Crc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            register = BitOperations.Crc32C(register, value);
        return ~register;
    }

    /// <summary>The checksum of a structure that holds it itself: those 4 bytes count as zeroes.</summary>
    public static uint ComputeAround(ReadOnlySpan<byte> structure, int checksumOffset)
    {
        uint crc = Append(Compute(structure[..checksumOffset]), stackalloc byte[sizeof(uint)]);
        return Append(crc, structure[(checksumOffset + sizeof(uint))..]);
    }
}
