namespace OpenStackStorage.Disks.Tests;

/// <summary>qemu-img reads what we write, and we read what qemu-img writes.</summary>
public class VhdxQemuTests
{
    [NeedsToolTheory("qemu-img")]
    [InlineData("dynamic", "block_size=1M")]
    [InlineData("dynamic", "block_size=2M,log_size=3M")]
    [InlineData("dynamic", "block_size=8M,block_state_zero=off")]
    [InlineData("dynamic", "")]
    [InlineData("dynamic", "block_size=256M")]
    [InlineData("dynamic", "block_size=1M,physical_sector_size=512")]
    [InlineData("fixed", "block_size=1M")]
    [InlineData("fixed", "")]
    public void What_we_write_passes_qemus_check_and_compare(string subFormat, string options)
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a.raw", TestDisks.Mixed((9 << 20) + 1536));

        TestDisks.Convert(raw, folder["a.vhdx"], DiskImageFormat.Vhdx, Parse(options) with { SubFormat = subFormat }, sourceFormat: DiskImageFormat.Raw, verify: true);

        Tool.Run("qemu-img", "check", "-f", "vhdx", folder["a.vhdx"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vhdx", raw, folder["a.vhdx"]);
        Assert.Empty(TestDisks.Check(folder["a.vhdx"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("")]
    [InlineData("block_size=1M")]
    [InlineData("block_size=256M")]
    [InlineData("block_size=2M,block_state_zero=off")]
    [InlineData("block_size=4M,log_size=5M")]
    [InlineData("subformat=fixed")]
    [InlineData("subformat=fixed,block_size=1M")]
    public void What_qemu_writes_reads_equal(string options)
    {
        using TemporaryFolder folder = new();
        byte[] disk = TestDisks.Mixed(9 << 20, seed: 7);
        string raw = folder.Write("a.raw", disk);

        Tool.Run("qemu-img", ["convert", "-f", "raw", "-O", "vhdx", .. options.Length > 0 ? new[] { "-o", options } : [], raw, folder["a.vhdx"]]);

        Assert.Equal(disk, TestDisks.ReadAll(folder["a.vhdx"]));
        Assert.DoesNotContain(TestDisks.Check(folder["a.vhdx"]), finding => finding.Severity == CheckSeverity.Corruption);
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("block_size=1M", "write -P 7 0 64k")]
    [InlineData("block_size=1M", "write -P 7 100k 3M", "write -P 8 5M 64k", "write -P 9 7M 1k")]
    [InlineData("block_size=2M,log_size=2M", "write -P 1 0 1k", "write -P 2 4M 1k", "write -P 3 8M 1k", "write -P 4 12M 1k")]
    public void A_disk_that_qemu_left_without_closing_it_reads_as_after_a_repair(string options, params string[] writes)
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "vhdx", "-o", options, folder["a.vhdx"], "16M");
        WriteAndUndoTheLast(folder["a.vhdx"], writes);
        Assert.True(Describe(folder["a.vhdx"]).Dirty);
        byte[] before = File.ReadAllBytes(folder["a.vhdx"]);
        Assert.NotEqual(0, Tool.TryRun("qemu-img", "convert", "-f", "vhdx", "-O", "raw", folder["a.vhdx"], folder["x.raw"]).Code); // it does not replay for reading

        byte[] replayed = TestDisks.ReadAll(folder["a.vhdx"]);
        List<CheckFinding> findings = TestDisks.Check(folder["a.vhdx"]);

        Assert.Equal(before, File.ReadAllBytes(folder["a.vhdx"]));
        Assert.Contains(findings, finding => finding is { Severity: CheckSeverity.Information, Field: "log" });
        Assert.DoesNotContain(findings, finding => finding.Severity == CheckSeverity.Corruption);
        Tool.Run("qemu-img", "check", "-r", "all", "-f", "vhdx", folder["a.vhdx"]);
        Tool.Run("qemu-img", "convert", "-f", "vhdx", "-O", "raw", folder["a.vhdx"], folder["a.raw"]);
        Assert.Equal(File.ReadAllBytes(folder["a.raw"]), replayed);
        Assert.Contains((byte)(writes[^1].Split(' ')[2][0] - '0'), replayed);
        Assert.False(Describe(folder["a.vhdx"]).Dirty);
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("512")]
    [InlineData("3M")]
    [InlineData("10T")]
    public void Empty_images_of_any_size_are_sound(string size)
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "raw", folder["a.raw"], size);
        TestDisks.Convert(folder["a.raw"], folder["a.vhdx"], DiskImageFormat.Vhdx, sourceFormat: DiskImageFormat.Raw);
        Tool.Run("qemu-img", "check", "-f", "vhdx", folder["a.vhdx"]);
        Assert.Contains("\"virtual-size\": " + new FileInfo(folder["a.raw"]).Length, Tool.Run("qemu-img", "info", "--output=json", folder["a.vhdx"]), StringComparison.Ordinal);
        Assert.True(new FileInfo(folder["a.vhdx"]).Length < 16 << 20);
    }

    /// <summary>
    /// qemu leaves a log in use only for a moment. So its last entry, which stays in the log, is put in use again, and the BAT
    /// is put back to what it was before: the file is then as a crash in that moment leaves it.
    /// </summary>
    private static void WriteAndUndoTheLast(string path, string[] writes)
    {
        Tool.Run("qemu-io", ["-f", "vhdx", .. writes[..^1].SelectMany(write => new[] { "-c", write }), path]);
        byte[] earlier = File.ReadAllBytes(path);
        Tool.Run("qemu-io", "-f", "vhdx", "-c", writes[^1], path);
        byte[] bytes = File.ReadAllBytes(path);
        using MemoryBlockDevice device = new(path, bytes);
        VhdxFile vhdx = VhdxFile.Read(device);
        int bat = (int)vhdx.Regions.Bat.Offset;
        Assert.False(bytes.AsSpan(bat, 4096).SequenceEqual(earlier.AsSpan(bat, 4096)), "the last write changed no BAT entry");
        earlier.AsSpan(bat, (int)vhdx.Regions.Bat.Length).CopyTo(bytes.AsSpan(bat));

        VhdxLogEntry newest = default; // numbers start anew each time, so it is the one that was not there before
        for (int at = (int)vhdx.Header.LogOffset; at < (int)vhdx.Header.LogOffset + vhdx.Header.LogLength; at += 4096)
        {
            if (bytes.AsSpan(at).StartsWith(VhdxLogEntry.Signature) && !bytes.AsSpan(at, 4096).SequenceEqual(earlier.AsSpan(at, 4096)))
                newest = VhdxLogEntry.Parse(bytes.AsSpan(at));
        }

        VhdxHeader.ReadCurrent(device, out long header);
        (vhdx.Header with { LogGuid = newest.LogGuid }).WriteTo(bytes.AsSpan((int)header, VhdxHeader.Length));
        File.WriteAllBytes(path, bytes);
    }

    private static ImageDescription Describe(string path)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        return ImageFormats.Get(DiskImageFormat.Vhdx).Describe(device);
    }

    private static ImageCreateOptions Parse(string options) =>
        TestDisks.Options([.. options.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(option => (option.Split('=')[0], option.Split('=')[1]))]);
}
