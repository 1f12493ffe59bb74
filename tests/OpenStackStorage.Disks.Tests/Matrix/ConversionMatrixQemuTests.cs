using System.Security.Cryptography;

namespace OpenStackStorage.Disks.Tests;

/// <summary>qemu-img sees the guests of the matrix in what we write, and we see them in what it writes.</summary>
public sealed class ConversionMatrixQemuTests(MatrixGuests guests) : IClassFixture<MatrixGuests>
{
    public static TheoryData<DiskImageFormat> Formats => [.. ImageFormats.All.Select(format => format.Format)];

    [NeedsToolTheory("qemu-img")]
    [MemberData(nameof(Formats))]
    public void Qemu_reads_every_guest_in_what_we_write(DiskImageFormat format)
    {
        foreach (MatrixGuest guest in guests.All.Where(IsForQemu))
        {
            if (guests.ImageOf(guest, format) is { } image)
                Tool.Run("qemu-img", "compare", "-f", "raw", "-F", QemuName(format), guest.Path, image);
        }
    }

    [NeedsToolTheory("qemu-img")]
    [MemberData(nameof(Formats))]
    public void We_read_every_guest_in_what_qemu_writes(DiskImageFormat format)
    {
        foreach (MatrixGuest guest in guests.All.Where(IsForQemu))
        {
            if (!MatrixGuests.Holds(format, guest))
                continue;
            string image = guests.NewPath(format);
            Tool.Run("qemu-img", ["convert", "-f", "raw", "-O", QemuName(format), .. ExactSize(format), guest.Path, image]);
            using DiskImage ours = TestDisks.Open(image, format);
            Assert.InRange(ours.VirtualSize, guest.Length, guest.Length + 511);
            byte[] hash = ImageHash.Compute(ours, HashAlgorithmName.SHA256, 2, new WorkProgress(), CancellationToken.None);
            Assert.True(guest.HashWhen(ours.VirtualSize).AsSpan().SequenceEqual(hash), $"'{guest.Name}' has another hash as {format}");
            File.Delete(image);
        }
    }

    /// <summary>qemu-img makes no VMDK without a sector, and takes minutes for a terabyte that it asks about piece by piece.</summary>
    private static bool IsForQemu(MatrixGuest guest) => guest.Length > 0 && guest.IsHashed;

    private static string QemuName(DiskImageFormat format) => format == DiskImageFormat.Vhd ? "vpc" : ImageFormats.Get(format).Name;

    private static string[] ExactSize(DiskImageFormat format) => format == DiskImageFormat.Vhd ? ["-o", "force_size=on"] : [];
}
