using System.Buffers.Binary;
using OpenStackStorage.Fuzz;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Damaged images, held against what qemu-img makes of them. We may refuse more, but never read otherwise.</summary>
public class Qcow2DamageQemuTests
{
    private const int Images = 150;

    [NeedsToolFact("qemu-img")]
    public void A_damaged_image_that_both_read_reads_equal()
    {
        int both = 0;
        foreach ((string path, string folder) in Damaged(seed: 31))
        {
            string raw = Path.Combine(folder, "raw");
            if (Record.Exception(() => TestDisks.ReadAll(path, DiskImageFormat.Qcow2)) is { } error)
            {
                Assert.IsAssignableFrom<StorageException>(error);
                continue;
            }

            if (Tool.TryRun("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path, raw).Code != 0)
                continue;
            both++;
            // qemu cuts a disk to whole sectors.
            byte[] disk = TestDisks.ReadAll(path, DiskImageFormat.Qcow2);
            Assert.True(disk.AsSpan(0, disk.Length / 512 * 512).SequenceEqual(File.ReadAllBytes(raw)), $"image {Path.GetFileName(path)} of seed 31 reads otherwise");
        }

        Assert.InRange(both, Images / 10, Images);
    }

    [NeedsToolFact("qemu-img")]
    public void Corruption_that_qemu_finds_is_found()
    {
        int corrupt = 0;
        foreach ((string path, _) in Damaged(seed: 32))
        {
            if (Tool.TryRun("qemu-img", "check", "-f", "qcow2", path).Code != 2)
                continue;
            corrupt++;
            using FileBlockDevice device = FileBlockDevice.OpenRead(path);
            try
            {
                Assert.Contains(ImageFormats.Get(DiskImageFormat.Qcow2).Check(device, deep: false, new WorkProgress(), CancellationToken.None),
                    finding => finding.Severity == CheckSeverity.Corruption);
            }
            catch (StorageException)
            {
                // refused as a whole
            }
        }

        Assert.InRange(corrupt, Images / 10, Images);
    }

    private static IEnumerable<(string Path, string Folder)> Damaged(int seed)
    {
        byte[] disk = new byte[40_000];
        for (int i = 0; i < disk.Length; i++)
            disk[i] = (byte)(i / 3000 % 3 == 0 ? 0 : (i / 512) + (i % 13));
        byte[][] seeds =
        [
            Qcow2TestImage.Create(512, disk: disk).Bytes,
            Qcow2TestImage.Create(512, compress: true, disk: disk).Bytes,
            Qcow2TestImage.Create(512, subFormat: "v2", disk: disk).Bytes,
            Qcow2TestImage.Create(4096, compress: true, disk: disk).Bytes,
            Qcow2TestImage.Create(16384, disk: disk, options: ("extended_l2", "on")).Bytes,
        ];
        Random random = new(seed);
        Mutator mutator = new(random);
        for (int number = 0; number < Images;)
        {
            byte[] image = mutator.Mutate(seeds[random.Next(seeds.Length)]);
            if (image.Length < 72 || BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(24)) > 32 << 20)
                continue; // a disk of many TiB would be written out
            using TemporaryFolder folder = new();
            yield return (folder.Write($"{number++}.qcow2", image), folder.Path);
        }
    }
}
