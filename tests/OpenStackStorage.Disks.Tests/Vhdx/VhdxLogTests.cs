using static OpenStackStorage.Disks.Tests.VhdxTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>The log of a file that was not closed is replayed in memory: over tables and over data alike.</summary>
public class VhdxLogTests
{
    private static readonly byte[] Disk = VhdxTestImage.Disk();

    [Fact]
    public void A_logged_BAT_entry_counts_and_the_file_stays_as_it_is()
    {
        VhdxTestImage image = Create();
        byte[] bat = image.Bytes[Bat..(Bat + 4096)];
        image.SetBat(0, VhdxBlockState.Zero, 0).SetLog(new VhdxTestEntry(0, 1, 0).Write(Bat, bat));
        byte[] before = (byte[])image.Bytes.Clone();

        Assert.Equal(Disk, image.Read());
        Assert.True(image.Describe().Dirty);
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Information, (long)Log, "log"), (finding.Severity, finding.Offset, finding.Field));
        Assert.Equal(before, image.Bytes);
    }

    [Fact]
    public void A_log_may_change_payload_region_tables_and_metadata_too()
    {
        VhdxTestImage image = Create();
        byte[] regions = image.Bytes[Regions1..(Regions1 + 4096)];
        byte[] items = image.Bytes[Items..(Items + 4096)];
        items[8 + 2] -= 8; // half a MiB less: the disk has 4 MiB
        byte[] fives = [.. Enumerable.Repeat((byte)5, 8192)];
        image.SetLog(new VhdxTestEntry(0, 1, 0).Write(Regions1, regions).Write(Items, items).Write(Data + 4096, fives).Zero(Data + MiB + 4096, 4096));
        image.Damage(Regions1 + 20).Damage(Regions2 + 20);

        byte[] expected = Disk[..(4 * MiB)];
        expected.AsSpan(4096, 8192).Fill(5);
        expected.AsSpan((2 * MiB) + 4096, 4096).Clear();
        Assert.Equal(expected, image.Read());

        // Reads that start and end within a changed sector.
        using DiskImage opened = image.Open();
        byte[] piece = new byte[5000];
        new ImageReader(opened).Read(new GuestOffset(3333), piece);
        Assert.Equal(expected[3333..8333], piece);
    }

    [Fact]
    public void Entries_apply_from_tail_to_head_and_later_ones_hold()
    {
        VhdxTestImage image = Create().SetLog(
            new VhdxTestEntry(0, 10, 0).Write(Data, Fill(1)), // older than the tail: applied already
            new VhdxTestEntry(2, 11, 2).Write(Data + 4096, Fill(2)).Write(Data + 8192, Fill(2)).Zero(Data + 12288, 8192),
            new VhdxTestEntry(5, 12, 2).Write(Data + 8192, Fill(3)).Write(Data + 16384, Fill(3)));

        byte[] expected = (byte[])Disk.Clone();
        Fill(2).CopyTo(expected, 4096);
        Fill(3).CopyTo(expected, 8192);
        expected.AsSpan(12288, 4096).Clear();
        Fill(3).CopyTo(expected, 16384);
        Assert.Equal(expected, image.Read());
    }

    [Fact]
    public void The_sequence_with_the_newest_head_counts_wherever_it_lies()
    {
        VhdxTestImage image = Create().SetLog(
            new VhdxTestEntry(20, 5, 20).Write(Data, Fill(1)),
            new VhdxTestEntry(254, 8, 254).Write(Data, Fill(2)).Write(Data + 4096, Fill(2)), // wraps around the end of the log
            new VhdxTestEntry(1, 9, 254).Write(Data + 4096, Fill(3)),
            new VhdxTestEntry(40, 90, 41).Write(Data, Fill(4)), // its tail is nowhere
            new VhdxTestEntry(60, 100, 60) { Damage = bytes => bytes[4100]++ }.Write(Data, Fill(5)));

        byte[] expected = (byte[])Disk.Clone();
        Fill(2).CopyTo(expected, 0);
        Fill(3).CopyTo(expected, 4096);
        Assert.Equal(expected, image.Read());
    }

    [Fact]
    public void Entries_of_many_sectors_and_of_none_are_read()
    {
        byte[] bytes = new byte[200 * 4096];
        new Random(5).NextBytes(bytes);
        VhdxTestImage image = Create().SetLog(new VhdxTestEntry(0, 1, 0).Write(Data, bytes), new VhdxTestEntry(202, 2, 0));
        byte[] expected = (byte[])Disk.Clone();
        bytes.CopyTo(expected, 0);
        Assert.Equal(expected, image.Read());

        Assert.Equal(Disk, Create().SetLog(new VhdxTestEntry(7, 3, 7)).Read()); // nothing to do, as a closing program leaves it
    }

    [Fact]
    public void A_file_that_had_yet_to_grow_reads_as_if_it_had()
    {
        VhdxTestImage image = Create();
        int length = image.Bytes.Length;
        byte[] bat = image.Bytes[Bat..(Bat + 4096)];
        BitConverter.TryWriteBytes(bat.AsSpan(8), new VhdxBatEntry(VhdxBlockState.FullyPresent, length).Value);
        image.SetLog(new VhdxTestEntry(0, 1, 0) { Last = (ulong)length + MiB }.Write(Bat, bat).Write((ulong)length + 4096, Fill(6)));

        byte[] expected = (byte[])Disk.Clone();
        Fill(6).CopyTo(expected, MiB + 4096);
        Assert.Equal(expected, image.Read());
    }

    [Fact]
    public void A_log_that_fits_no_memory_is_no_matter()
    {
        // Half of a huge range is zeroed by each of many descriptors: only their number counts.
        VhdxTestEntry entry = new(0, 1, 0) { Last = 1UL << 60 };
        for (int i = 0; i < 2000; i++)
            entry.Zero((ulong)(8 + i) * MiB, (1UL << 59) - ((ulong)i * 2 * MiB));
        long before = GC.GetAllocatedBytesForCurrentThread();
        VhdxTestImage image = Create().SetLog(entry);
        Assert.Equal(Disk, image.Read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void Overlaid_changes_read_as_if_they_had_been_written()
    {
        Random random = new(8);
        byte[] bytes = new byte[100 * 4096];
        random.NextBytes(bytes);
        for (int round = 0; round < 60; round++)
        {
            byte[] model = (byte[])bytes.Clone();
            List<VhdxChange> changes = [];
            for (int i = random.Next(30); i > 0; i--)
            {
                int sector = random.Next(100);
                if (random.Next(2) == 0)
                {
                    int count = random.Next(1, 101 - sector);
                    changes.Add(new VhdxChange(sector * 4096, (sector + count) * 4096, -1, 0, 0));
                    model.AsSpan(sector * 4096, count * 4096).Clear();
                }
                else
                {
                    int source = random.Next(100);
                    changes.Add(new VhdxChange(sector * 4096, (sector + 1) * 4096, source * 4096, (ulong)i, (uint)round));
                    bytes.AsSpan(source * 4096, 4096).CopyTo(model.AsSpan(sector * 4096));
                    BitConverter.TryWriteBytes(model.AsSpan(sector * 4096), (ulong)i);
                    BitConverter.TryWriteBytes(model.AsSpan((sector * 4096) + 4092), (uint)round);
                }
            }

            VhdxLogOverlay overlay = new(new MemoryBlockDevice("a", bytes), changes, 0);
            for (int read = 0; read < 20; read++)
            {
                int start = random.Next(model.Length);
                byte[] piece = new byte[random.Next(model.Length - start)];
                overlay.Read(new HostOffset(start), piece);
                Assert.True(piece.AsSpan().SequenceEqual(model.AsSpan(start, piece.Length)));
            }
        }
    }

    private static byte[] Fill(byte value) => [.. Enumerable.Repeat(value, 4096)];
}
