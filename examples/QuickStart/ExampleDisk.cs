using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpenStackStorage.QuickStart;

/// <summary>
/// What an installer would write: a partition table with one Linux partition, and data in it. 48 MiB of the disk hold
/// text, which compresses well; 4 MiB hold noise, which does not; the rest stays a hole.
/// </summary>
internal static class ExampleDisk
{
    public const int PartitionStart = MiB;

    private const int MiB = 1 << 20;
    private const int SectorSize = 512;

    /// <summary>Fills an existing raw image of at least 133 MiB.</summary>
    public static void Fill(string path)
    {
        using FileStream disk = new(path, FileMode.Open, FileAccess.ReadWrite);
        disk.Write(MasterBootRecord(disk.Length));
        byte[] text = Text();
        disk.Position = PartitionStart + (8 * MiB);
        for (int i = 0; i < 48; i++)
            disk.Write(text);

        byte[] noise = new byte[4 * MiB];
        new Random(1).NextBytes(noise);
        disk.Position = PartitionStart + (128 * MiB);
        disk.Write(noise);
    }

    /// <summary>One entry, bytes 446-461: type 0x83, first sector and count as 32 bits, little-endian (UEFI 2.10, table 5.2).</summary>
    private static byte[] MasterBootRecord(long diskLength)
    {
        byte[] record = new byte[SectorSize];
        record[450] = 0x83;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(454), PartitionStart / SectorSize);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(458), (uint)((diskLength - PartitionStart) / SectorSize));
        record[510] = 0x55;
        record[511] = 0xAA;
        return record;
    }

    private static byte[] Text()
    {
        StringBuilder text = new(MiB);
        for (int line = 0; text.Length < MiB; line++)
            text.Append(CultureInfo.InvariantCulture, $"line {line} of a log: request {line * 7919L % 10007} took {line % 97} ms\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, MiB));
    }
}
