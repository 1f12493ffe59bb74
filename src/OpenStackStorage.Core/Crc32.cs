namespace OpenStackStorage;

/// <summary>
/// CRC-32 with the reflected polynomial 0xEDB88320, start and final inversion 0xFFFFFFFF (ISO 3309, ITU-T V.42).
/// GPT and gzip use it. VHDX uses CRC-32C, which has another polynomial.
/// </summary>
public static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>Goes on from the checksum of what precedes <paramref name="bytes"/>; 0 stands for nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint register = ~crc;
        foreach (byte value in bytes)
            register = (register >> 8) ^ Table[(byte)(register ^ value)];
        return ~register;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint index = 0; index < table.Length; index++)
        {
            uint entry = index;
            for (int bit = 0; bit < 8; bit++)
                entry = (entry >> 1) ^ ((entry & 1) * 0xEDB88320);
            table[index] = entry;
        }

        return table;
    }
}
