namespace OpenStackStorage.Disks.Tests;

/// <summary>Images as the usual tools make them.</summary>
public class InspectionToolTests
{
    private const long Size = 4 << 20;

    [NeedsToolTheory("qemu-img")]
    [InlineData("qcow2", "", "qcow2")]
    [InlineData("qcow2", "compat=0.10", "qcow2")]
    [InlineData("qcow2", "lazy_refcounts=on,compression_type=zstd,preallocation=metadata", "qcow2")]
    [InlineData("qcow2", "extended_l2=on", "qcow2", "qcow2/unknown_features")]
    [InlineData("qcow2", "data_file={folder}/data.raw", "qcow2", "qcow2/data_file")]
    [InlineData("qcow2", "backing_file={folder}/base,backing_fmt=raw", "qcow2", "qcow2/backing_file")]
    [InlineData("qcow", "", "qcow2", "qcow2/unknown_features")]
    [InlineData("qed", "", "qed", "qed/banned")]
    [InlineData("vdi", "", "vdi")]
    [InlineData("vdi", "static=on", "vdi")]
    [InlineData("vpc", "force_size=on", "vhd")]
    [InlineData("vpc", "subformat=fixed,force_size=on", "vhd")]
    [InlineData("vhdx", "", "vhdx")]
    [InlineData("vhdx", "subformat=fixed,block_size=2097152", "vhdx")]
    [InlineData("vmdk", "subformat=monolithicSparse", "vmdk")]
    [InlineData("vmdk", "subformat=monolithicFlat", "vmdk", "vmdk/descriptor")]
    [InlineData("vmdk", "subformat=twoGbMaxExtentSparse", "vmdk", "vmdk/descriptor")]
    [InlineData("vmdk", "subformat=twoGbMaxExtentFlat", "vmdk", "vmdk/descriptor")]
    [InlineData("parallels", "", "parallels")]
    public void An_image_of_qemu_is_judged(string qemuFormat, string options, string format, params string[] findings)
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "raw", folder["base"], "4M");
        string[] option = options.Length == 0 ? [] : ["-o", options.Replace("{folder}", folder.Path, StringComparison.Ordinal)];
        Tool.Run("qemu-img", ["create", "-q", "-f", qemuFormat, .. option, folder["image"], "4M"]);

        InspectionResult result = Inspect(folder["image"]);
        Assert.Equal([format], result.Formats);
        Assert.Equal(findings, Checks(result));
        Assert.Equal(format == "vmdk" && findings.Length > 0 ? null : Size, result.VirtualSize);
    }

    [NeedsToolFact("qemu-img")]
    public void A_streamOptimized_vmdk_is_sound()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["raw"], Enumerable.Range(0, (int)Size).Select(i => (byte)(i >> 12)).ToArray());
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", folder["raw"], folder["image"]);
        InspectionResult result = Inspect(folder["image"]);
        Assert.Equal("vmdk", result.Format);
        Assert.Empty(result.Findings);
        Assert.Equal(Size, result.VirtualSize);
    }

    [NeedsToolFact("qemu-img")]
    public void A_vmdk_with_a_parent_names_it()
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "vmdk", folder["base.vmdk"], "4M");
        Tool.Run("qemu-img", "create", "-q", "-f", "vmdk", "-b", folder["base.vmdk"], "-F", "vmdk", folder["child.vmdk"]);
        Assert.Contains("vmdk/parent", Checks(Inspect(folder["child.vmdk"])));
    }

    /// <summary>By cryptsetup: qemu-img's own timing of the key derivation fails now and then.</summary>
    [NeedsToolTheory("cryptsetup")]
    [InlineData("luks1", Size)]
    [InlineData("luks2", null, "luks/version")]
    public void Luks_1_is_sound_and_luks_2_is_refused(string type, long? size, params string[] findings)
    {
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder["image"]))
            file.SetLength((32 << 20) + Size);
        File.WriteAllText(folder["key"], "secret");
        Tool.Run("cryptsetup", "luksFormat", "-q", "--type", type, "--offset", "65536", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", folder["image"], folder["key"]);
        InspectionResult result = Inspect(folder["image"]);
        Assert.Equal(["luks"], result.Formats);
        Assert.Equal(findings, Checks(result));
        Assert.Equal(size, result.VirtualSize);
    }

    [NeedsToolFact("qemu-img", "sfdisk")]
    public void A_partitioned_fixed_vhd_is_a_vhd()
    {
        using TemporaryFolder folder = new();
        Partition(folder["raw"], "gpt");
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size=on", folder["raw"], folder["image"]);
        InspectionResult result = Inspect(folder["image"]);
        Assert.Equal(["vhd", "gpt"], result.Formats);
        Assert.Equal("vhd", result.Format);
        Assert.Empty(result.Findings);
    }

    [NeedsToolTheory("sfdisk")]
    [InlineData("gpt")]
    [InlineData("dos")]
    public void A_partition_table_of_sfdisk_is_sound(string label)
    {
        using TemporaryFolder folder = new();
        Partition(folder["disk"], label);
        InspectionResult result = Inspect(folder["disk"]);
        Assert.Equal("gpt", result.Format);
        Assert.Empty(result.Findings);

        using FileBlockDevice device = FileBlockDevice.OpenRead(folder["disk"]);
        byte[] disk = new byte[64 << 10];
        device.Read(default, disk);
        InspectionSamples.WriteIso(disk);
        Assert.Equal("iso", InspectionSamples.Inspect(disk).Format);
    }

    private static void Partition(string path, string label)
    {
        File.WriteAllText(path + ".script", $"label: {label}\n,\n");
        using (FileStream disk = File.Create(path))
            disk.SetLength(Size);
        Tool.Run("sh", "-c", $"'{Tool.FindPath("sfdisk")}' -q '{path}' < '{path}.script'");
    }

    private static InspectionResult Inspect(string path)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        return ImageInspector.Inspect(device);
    }

    private static string[] Checks(InspectionResult result) => [.. result.Findings.Select(finding => $"{finding.Format}/{finding.Check}")];
}
