namespace OpenStackStorage.Disks;

/// <summary>The checksum at the end of a zlib stream. Source: RFC 1950, section 8.2.</summary>
internal static class Adler32
{
    private const uint Modulus = 65521;

    /// <summary>The most bytes that can be added up before the sums must be reduced, so that they stay below 2^32.</summary>
    private const int Reach = 5552;

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint low = 1;
        uint high = 0;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(Reach, bytes.Length)];
            foreach (byte value in part)
            {
                low += value;
                high += low;
            }

            low %= Modulus;
            high %= Modulus;
            bytes = bytes[part.Length..];
        }

        return (high << 16) | low;
    }
}
