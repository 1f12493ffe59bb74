namespace OpenStackStorage.Disks.Tests;

/// <summary>What qemu-img says of an image that was edited.</summary>
internal static class QemuImg
{
    /// <summary>qemu finds no fault in an image, and reads from it what is expected.</summary>
    /// <param name="source">The image with its format, as the command line has it.</param>
    /// <param name="hasCheck">False for a format that qemu can't check.</param>
    public static void Compare(byte[] disk, string[] source, bool hasCheck = true)
    {
        if (hasCheck)
            Tool.Run("qemu-img", ["check", .. source]);
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", ["convert", "-O", "raw", .. source, folder["out.raw"]]);
        byte[] read = File.ReadAllBytes(folder["out.raw"]);
        Assert.Equal((disk.Length + 511) / 512 * 512, read.Length); // it knows whole sectors only
        int same = disk.AsSpan().CommonPrefixLength(read);
        Assert.True(same == disk.Length, $"qemu-img reads another byte {same} of {disk.Length}");
    }
}
