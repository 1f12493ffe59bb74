using System.Globalization;
using System.Text.Json;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Tables that sfdisk and sgdisk make, compared with what sfdisk, sgdisk and partx read.</summary>
public sealed class PartitionToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Layouts => new()
    {
        { "primaries", "label: dos\nlabel-id: 0x4d2ac1f0\n2048,20480,83,*\n,20480,82\n,1,7\n,,b\n" },
        { "logicals", "label: dos\n2048,20480,83\n,20480,82,*\n,,5\n,8192,83\n,8192,8e\n,8192,fd\n,,7\n" },
        { "logicals by LBA", "label: dos\nlabel-id: 0x0000000a\n2048,20480,83\n22528,,f\n24576,100,c\n30000,1,ef\n" },
        { "logicals of Linux", "label: dos\n2048,,85\n,10M\n,10M\n,10M\n,10M\n" },
        { "empty MBR", "label: dos\n" },
        { "empty extended", "label: dos\n2048,,5\n" },
        { "GPT", "label: gpt\nlabel-id: A3F1C2D4-0000-4000-8000-000000000001\nsize=1M,type=21686148-6449-6E6F-744E-656564454649\n"
            + "size=10M,type=U,name=\"EFI part\",attrs=LegacyBIOSBootable\nsize=20M,type=L,name=\"wurzel \u00e9\u00df\"\ntype=S\n" },
        { "GPT with gaps", "label: gpt\n2: start=4096,size=2048\n7: start=2048,size=2048\n128: start=8192,size=1\n" },
        { "long GPT", "label: gpt\ntable-length: 512\n200: start=4096,size=2048\n512: start=8192\n" },
        { "empty GPT", "label: gpt\n" },
    };

    [NeedsToolTheory("sfdisk", "partx", "sh")]
    [MemberData(nameof(Layouts))]
    public void Tables_of_sfdisk_are_read_as_sfdisk_and_partx_read_them(string name, string script)
    {
        Assert.NotEmpty(name);
        string path = NewDisk(64 << 20);
        Sfdisk(path, script);
        PartitionTable table = Read(path);
        Assert.All(table.Warnings, warning => Assert.Equal("EBR Signature", warning.Field));
        CompareWithSfdisk(table, path);
        CompareWithPartx(table, path);
    }

    [NeedsToolTheory("fdisk", "partx", "sh")]
    [InlineData(@"g\nn\n3\n\n1000\nn\n\n\n\nw\n", 2)]                            // GPT: partitions 3 and 1
    [InlineData(@"o\nn\np\n\n\n1000\nn\ne\n\n\n\nn\nl\n\n3000\nn\nl\n\n\nw\n", 4)] // MBR: 1, 2 (extended), 5 and 6
    public void Tables_for_sectors_of_4096_bytes_are_read_as_partx_reads_them(string commands, int partitions)
    {
        string path = NewDisk(64 << 20);
        Tool.Run("sh", "-c", $"printf '{commands}' | {Tool.FindPath("fdisk")} -b 4096 '{path}'");
        PartitionTable table = Read(path, 4096);
        Assert.Equal(partitions, table.Partitions.Count);
        CompareWithPartx(table, path, 4096);
    }

    [NeedsToolFact("sgdisk", "sfdisk", "partx")]
    public void Tables_of_sgdisk_are_read_as_sfdisk_reads_them()
    {
        string path = NewDisk(64 << 20);
        Tool.Run("sgdisk", "-n", "1:2048:+8M", "-t", "1:ef00", "-c", "1:esp", "-n", "5:0:+8M", "-t", "5:8e00", "-A", "5:set:2", "-n", "3:0:0", "-t", "3:fd00", path);
        PartitionTable table = Read(path);
        Assert.Empty(table.Warnings);
        Assert.Equal([1, 3, 5], table.Partitions.Select(partition => partition.Number));
        CompareWithSfdisk(table, path);
        CompareWithPartx(table, path);
    }

    [NeedsToolFact("sgdisk", "sfdisk", "partx")]
    public void A_hybrid_of_sgdisk_is_read_as_a_GPT()
    {
        string path = NewDisk(64 << 20);
        Tool.Run("sgdisk", "-n", "1:2048:+8M", "-n", "2:0:+8M", "--hybrid", "1:2", path);
        PartitionTable table = Read(path);
        Assert.Equal(2, table.Warnings.Count);
        Assert.All(table.Warnings, warning => Assert.Contains("hybrid", warning.Message, StringComparison.Ordinal));
        CompareWithPartx(table, path);
    }

    [NeedsToolFact("sfdisk", "partx", "sgdisk", "sh")]
    public void A_grown_disk_is_read_and_warned_of_until_sgdisk_moves_the_backup()
    {
        string path = NewDisk(64 << 20);
        Sfdisk(path, "label: gpt\nsize=10M\nsize=10M\n");
        SetLength(path, 100 << 20);
        PartitionTable table = Read(path);
        Assert.Equal("GPT AlternateLBA", Assert.Single(table.Warnings).Field);
        CompareWithSfdisk(table, path);
        Tool.Run("sgdisk", "-e", path);
        Assert.Empty(Read(path).Warnings);
    }

    [NeedsToolTheory("sfdisk", "sh")]
    [InlineData(512 + 16)]    // checksum of the primary header
    [InlineData(1024 + 60)]   // a name in the primary entries
    public void A_damaged_primary_is_read_as_sfdisk_reads_it(int place)
    {
        string path = NewDisk(64 << 20);
        Sfdisk(path, "label: gpt\nsize=10M,name=one\nsize=10M,name=two\n");
        using (FileStream file = new(path, FileMode.Open))
        {
            file.Position = place;
            file.WriteByte(0x5A);
        }

        PartitionTable table = Read(path);
        Assert.Equal("GPT primary header", Assert.Single(table.Warnings).Field);
        CompareWithSfdisk(table, path);
    }

    [NeedsToolFact("sfdisk", "sh")]
    public void A_disk_that_was_cut_is_refused_where_sfdisk_finds_no_GPT()
    {
        string path = NewDisk(64 << 20);
        Sfdisk(path, "label: gpt\nsize=10M\nsize=10M\n");
        SetLength(path, 40 << 20);
        Assert.DoesNotContain("\"gpt\"", Tool.Run("sfdisk", "--json", path), StringComparison.Ordinal); // it shows the protective MBR
        Assert.Equal("GPT LastUsableLBA", Assert.Throws<ImageFormatException>(() => Read(path)).Field);
    }

    public static TheoryData<string> OddMbrs => ["plain", "type 0", "empty link", "links backwards", "records swapped", "third record", "third record outside", "second extended", "no signature"];

    [NeedsToolTheory("partx")]
    [MemberData(nameof(OddMbrs))]
    public void Odd_MBRs_are_numbered_as_partx_numbers_them(string oddity)
    {
        byte[] disk = TableDisks.Mbr();
        switch (oddity)
        {
            case "type 0":
                TableDisks.PutRecord(disk, 0, 0, 0, 8, 32);
                break;
            case "empty link":
                TableDisks.PutRecord(disk, 64, 0, 0, 0, 0);
                break;
            case "links backwards": // 64 -> 192 -> 128
                TableDisks.PutRecord(disk, 64, 1, 0x05, 128, 64);
                TableDisks.PutRecord(disk, 192, 0, 0x83, 8, 8);
                TableDisks.PutRecord(disk, 192, 1, 0x05, 64, 64);
                break;
            case "records swapped":
                TableDisks.PutRecord(disk, 64, 0, 0x05, 64, 64);
                TableDisks.PutRecord(disk, 64, 1, 0x83, 8, 32);
                break;
            case "third record":
                TableDisks.PutRecord(disk, 128, 2, 0x83, 50, 14);
                break;
            case "third record outside":
                TableDisks.PutRecord(disk, 128, 2, 0x83, 50, 15);
                break;
            case "second extended":
                TableDisks.PutRecord(disk, 0, 2, 0x0F, 300, 100);
                TableDisks.PutRecord(disk, 300, 0, 0x83, 8, 8);
                break;
            case "no signature":
                disk[(128 * 512) + 510] = 0;
                break;
        }

        string path = _folder["odd.img"];
        File.WriteAllBytes(path, disk);
        CompareWithPartx(Read(path), path);
    }

    [NeedsToolFact("sfdisk")]
    public void Types_of_a_GPT_have_the_names_that_sfdisk_gives()
    {
        Dictionary<string, string> known = TypesOfSfdisk("gpt");
        foreach ((Guid type, string name) in PartitionTypes.GptNames)
            Assert.Equal(known[type.ToString()], name);
    }

    [NeedsToolFact("sfdisk")]
    public void Types_of_an_MBR_have_the_names_that_sfdisk_gives()
    {
        Dictionary<string, string> known = TypesOfSfdisk("dos");
        for (int type = 0; type < 256; type++)
        {
            string name = PartitionTypes.NameOf((byte)type);
            Assert.True(name == PartitionTypes.IdOf((byte)type) || name == known[type.ToString("x", CultureInfo.InvariantCulture)], name);
        }
    }

    private static Dictionary<string, string> TypesOfSfdisk(string label) =>
        Tool.Run("sfdisk", "--label", label, "--list-types").Split('\n').Skip(2)
            .Select(line => line.Trim().Split(' ', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0].ToLowerInvariant(), parts => parts[1].Trim());

    private static void CompareWithSfdisk(PartitionTable table, string path)
    {
        using JsonDocument json = JsonDocument.Parse(Tool.Run("sfdisk", "--json", path));
        JsonElement root = json.RootElement.GetProperty("partitiontable");
        Assert.Equal(root.GetProperty("label").GetString() == "gpt" ? PartitionTableKind.Gpt : PartitionTableKind.Mbr, table.Kind);
        Assert.Equal(root.GetProperty("id").GetString()!.Replace("0x", "", StringComparison.Ordinal).ToLowerInvariant(), table.DiskId);
        IEnumerable<string> expected = root.TryGetProperty("partitions", out JsonElement partitions)
            ? partitions.EnumerateArray().OrderBy(NumberOf).Select(partition => string.Join(' ',
                NumberOf(partition), partition.GetProperty("start").GetInt64(), partition.GetProperty("size").GetInt64(),
                partition.GetProperty("type").GetString()!.ToLowerInvariant(), Text(partition, "uuid").ToLowerInvariant(), Text(partition, "name"),
                Text(partition, "bootable") == "True" || Text(partition, "attrs").Contains("LegacyBIOSBootable", StringComparison.Ordinal)))
            : [];
        Assert.Equal(expected, table.Partitions.Select(partition => string.Join(' ',
            partition.Number, partition.Start.Value / 512, partition.Length / 512,
            partition.Table == PartitionTableKind.Mbr ? partition.TypeId[2..].TrimStart('0') : partition.TypeId,
            partition.Table == PartitionTableKind.Mbr ? "" : partition.PartitionId, partition.Name, partition.Bootable)));

        int NumberOf(JsonElement partition) => int.Parse(partition.GetProperty("node").GetString()![path.Length..].TrimStart('p'), CultureInfo.InvariantCulture);
        static string Text(JsonElement partition, string name) => partition.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
    }

    /// <summary>partx reads tables with the rules of the kernel's numbering and PARTUUIDs.</summary>
    private static void CompareWithPartx(PartitionTable table, string path, int sector = 512)
    {
        (_, string output, string error) = Tool.TryRun("partx", "--raw", "--noheadings", "--bytes", "--sector-size", $"{sector}", "--output", "NR,START,SIZE,UUID", path);
        Assert.True(output.Length > 0 || table.Partitions.Count == 0, error);
        Assert.Equal(
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            table.Partitions.Select(partition => $"{partition.Number} {partition.Start.Value / 512} {partition.Length} {partition.PartitionId}"));
    }

    private static PartitionTable Read(string path, int sector = 512)
    {
        using FileReader disk = new(path);
        return PartitionTable.Read(disk, sector, path);
    }

    private string NewDisk(long length)
    {
        string path = _folder["disk.img"];
        using FileBlockDevice file = FileBlockDevice.CreateNew(path);
        file.SetLength(length);
        return path;
    }

    private static void SetLength(string path, long length)
    {
        using FileStream file = new(path, FileMode.Open);
        file.SetLength(length);
    }

    private void Sfdisk(string path, string script)
    {
        File.WriteAllText(_folder["script"], script);
        Tool.Run("sh", "-c", $"{Tool.FindPath("sfdisk")} --quiet '{path}' < '{_folder["script"]}'");
    }
}
