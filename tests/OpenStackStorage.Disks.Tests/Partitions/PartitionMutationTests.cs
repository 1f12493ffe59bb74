using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Damaged tables either parse or are refused in words. Seeded: a failure names the mutation that shows it again.</summary>
public class PartitionMutationTests
{
    private const int Count = 20_000;

    [Fact]
    public void Twenty_thousand_damaged_MBRs_parse_or_are_refused() =>
        Mutate(TableDisks.Mbr(), random => (random.Next(4) switch
        {
            0 => 0,
            1 => 64,
            2 => 128,
            _ => random.Next(512),
        } * 512) + (random.Next(4) == 0 ? random.Next(512) : 440 + random.Next(72)), reseal: false);

    [Fact]
    public void Twenty_thousand_damaged_GPTs_parse_or_are_refused() =>
        Mutate(TableDisks.Gpt(), AnyGptByte, reseal: false);

    [Fact]
    public void Twenty_thousand_wrong_GPTs_with_right_checksums_parse_or_are_refused() =>
        Mutate(TableDisks.Gpt(), AnyGptByte, reseal: true);

    private static int AnyGptByte(Random random) => random.Next(5) switch
    {
        0 => 440 + random.Next(72),
        1 => 512 + random.Next(96),
        2 => (1023 * 512) + random.Next(96),
        3 => 1024 + random.Next(512),
        _ => random.Next(1024 * 512),
    };

    private static void Mutate(byte[] valid, Func<Random, int> place, bool reseal)
    {
        byte[] disk = new byte[valid.Length];
        ReadOnlySpan<byte> interesting = [0, 1, 2, 0x05, 0x0F, 0x7F, 0x80, 0x85, 0xEE, 0xFF];
        int parsed = 0;
        Stopwatch watch = Stopwatch.StartNew();
        for (int seed = 0; seed < Count; seed++)
        {
            Random random = new(seed);
            valid.CopyTo(disk, 0);
            for (int changes = random.Next(1, 6); changes > 0; changes--)
                disk[place(random)] = random.Next(2) == 0 ? (byte)random.Next(256) : interesting[random.Next(interesting.Length)];
            if (reseal)
                Reseal(disk);
            try
            {
                PartitionTable table = PartitionTable.Read(new ArrayReader(disk), random.Next(8) == 0 ? 4096 : 512);
                Assert.All(table.Partitions, partition => Assert.True(partition.Length > 0 && partition.End.Value <= disk.Length));
                parsed++;
            }
            catch (StorageException)
            {
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Mutation {seed}: {error.Message}", error);
            }
        }

        Assert.InRange(parsed, Count / 100, Count - (Count / 100)); // both ways are taken
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
    }

    private static void Reseal(byte[] disk)
    {
        foreach ((int lba, int array) in ((int, int)[])[(1, 2), (1023, 991)])
        {
            Span<byte> header = disk.AsSpan(lba * 512, 512);
            BitConverter.TryWriteBytes(header[88..], Crc32.Compute(disk.AsSpan(array * 512, 16384)));
            TableDisks.Seal(header);
        }
    }
}
