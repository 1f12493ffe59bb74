using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>What the driver File leaves in its folder, held against remotefs.py: names, <c>.info</c> files, and chains as qemu-img sees them.</summary>
public sealed class FileVolumeDriverLayoutTests : IDisposable
{
    private readonly FileDriverLab _lab = new();
    private readonly DriverClient _client;

    public FileVolumeDriverLayoutTests() => _client = new DriverClient(_lab.Open());

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_new_volume_is_one_file_and_has_no_info()
    {
        VolumeId volume = _client.Create();

        Assert.Equal([$"volume-{volume}"], _lab.Names());
    }

    [Fact]
    public void Snapshots_are_told_as_remotefs_tells_them()
    {
        VolumeId volume = _client.Create();
        SnapshotId one = _client.Snapshot(volume);
        Assert.Equal(Info(volume, $"volume-{volume}.{one}", (one, $"volume-{volume}.{one}")), ReadInfo(volume));

        SnapshotId two = _client.Snapshot(volume);
        Assert.Equal(Info(volume, $"volume-{volume}.{two}", (one, $"volume-{volume}.{one}"), (two, $"volume-{volume}.{two}")), ReadInfo(volume));

        _client.DeleteSnapshot(one); // the middle file goes into the base, the one above is put on that
        Assert.Equal(Info(volume, $"volume-{volume}.{two}", (two, $"volume-{volume}.{two}")), ReadInfo(volume));
        Assert.Equal([$"volume-{volume}.{two}", $"volume-{volume}"], Chain(volume));
        Assert.False(File.Exists(_lab[$"volume-{volume}.{one}"]));

        _client.DeleteSnapshot(two); // the top file goes into the base, which is active again
        Assert.Equal($"{{\n \"active\": \"volume-{volume}\"\n}}", ReadInfo(volume));
        Assert.Equal([".layers", $"volume-{volume}", $"volume-{volume}.info"], _lab.Names());
    }

    [Fact]
    public void Revert_leaves_names_and_info_as_they_are()
    {
        VolumeId volume = _client.Create();
        SnapshotId snapshot = _client.Snapshot(volume);
        string info = ReadInfo(volume);
        _client.Write(volume, 0, 1);

        _client.Revert(snapshot);

        Assert.Equal(info, ReadInfo(volume));
        Assert.Equal([$"volume-{volume}.{snapshot}", $"volume-{volume}"], Chain(volume));
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw, "raw", "qcow2")]
    [InlineData(DiskImageFormat.Qcow2, "qcow2", "qcow2")]
    [InlineData(DiskImageFormat.Vhdx, "vhdx", "vhdx")]
    public void Overlays_have_their_formats_recorded_and_name_what_is_beneath_relatively(DiskImageFormat format, string first, string overlay)
    {
        using FileDriverLab lab = new(format);
        DriverClient client = new(lab.Open());
        VolumeId volume = client.Create();
        Assert.Equal((first, first), (client.Volumes[volume].DriverState["format"], client.Volumes[volume].DriverState["base_format"]));

        SnapshotId snapshot = client.Snapshot(volume);
        using (FileBlockDevice file = FileBlockDevice.OpenRead(lab[$"volume-{volume}.{snapshot}"]))
        {
            ImageDescription described = ImageFormats.Get(ImageFormats.Find(overlay)!.Format).Describe(file);
            Assert.Equal((first, format == DiskImageFormat.Vhdx ? $@".\volume-{volume}" : $"volume-{volume}"), (described.BackingFormat, described.BackingFile));
        }

        Assert.Equal((overlay, first), (client.Volumes[volume].DriverState["format"], client.Volumes[volume].DriverState["base_format"]));
        client.DeleteSnapshot(snapshot);
        Assert.Equal((first, first), (client.Volumes[volume].DriverState["format"], client.Volumes[volume].DriverState["base_format"]));
    }

    [Fact]
    public void A_guest_that_writes_another_formats_header_into_its_raw_disk_gains_nothing()
    {
        using FileDriverLab lab = new(DiskImageFormat.Raw);
        DriverClient client = new(lab.Open());
        VolumeId secret = client.Create();
        client.Write(secret, 0, 42);
        byte[] header = Hostile($"volume-{secret}");
        VolumeId volume = client.Create();
        client.Write(volume, 0, header);

        Assert.Equal(header[..512], client.Read(volume, 0, 512));
        SnapshotId snapshot = client.Snapshot(volume);
        VolumeId clone = client.Clone(volume, linked: true);
        Assert.Equal(header[..512], client.Read(volume, 0, 512, snapshot));
        Assert.Equal(header[..512], client.Read(clone, 0, 512));
        client.Delete(clone);
        client.DeleteSnapshot(snapshot);
        Assert.Equal(header[..512], client.Read(volume, 0, 512));
        client.Delete(volume);
        Assert.Equal([42], client.Read(secret, 0, 1));
    }

    [Fact]
    public void A_volume_that_left_clones_behind_comes_back_when_they_need_it_no_more()
    {
        VolumeId volume = _client.CreateFrom(TestImages.Mixed(1 << 20));
        VolumeId clone = _client.Clone(volume, linked: true);
        Volume moved = _client.Volumes[volume] with { DriverState = new Dictionary<string, string>() };
        _client.Delete(volume);

        ServiceException error = Assert.Throws<ServiceException>(() => _client.Driver.Create(moved));

        error.AssertId(ErrorIds.VolumeConflict);
        Assert.Contains($"volume-{clone}", error.Message, StringComparison.Ordinal);
        Assert.Equal(TestImages.Mixed(1 << 20), _client.Read(clone, 0, 1 << 20));
        _client.Flatten(clone);
        _client.Keep(moved, _client.Driver.Create(moved));
        Assert.Equal(TestImages.Mixed(1 << 20), _client.Read(clone, 0, 1 << 20));
        Assert.Equal(new byte[1 << 20], _client.Read(volume, 0, 1 << 20));
    }

    [Fact]
    public void A_clones_mark_goes_with_it_and_an_orphan_with_its_last_child()
    {
        VolumeId source = _client.Create();
        _client.Write(source, 0, 1);
        VolumeId first = _client.Clone(source, linked: true);
        VolumeId second = _client.Clone(source, linked: true);
        Assert.Contains($".layers/volume-{source}/volume-{first}", _lab.Names());

        _client.Delete(source);
        _client.Delete(first);
        Assert.True(File.Exists(_lab[$"volume-{source}"]));
        Assert.DoesNotContain($".layers/volume-{source}/volume-{first}", _lab.Names());
        Assert.Empty(_client.Driver.FindOrphans(new HashSet<VolumeId> { second }));
        Assert.Null(_client.Driver.GetLayers(_client.Volumes[second])[1].Volume);

        _client.Delete(second);
        Assert.Equal([".layers"], _lab.Names());
    }

    [Fact]
    public void Clones_of_one_volume_may_come_and_go_at_once()
    {
        VolumeId source = _client.CreateFrom(TestImages.Mixed(1 << 20));
        DriverClient[] clients = [.. Enumerable.Range(0, 4).Select(_ => new DriverClient(_lab.Open()))];
        Parallel.ForEach(clients, client =>
        {
            client.Keep(_client.Volumes[source], _client.Volumes[source].DriverState);
            VolumeId[] clones = [.. Enumerable.Range(0, 5).Select(_ => client.Clone(source, linked: true))];
            client.Delete(clones[0]);
        });
        Assert.Equal(2, Chain(source).Length);
        _client.Delete(source);

        Parallel.ForEach(clients, client =>
        {
            client.Volumes.Remove(source);
            foreach (VolumeId clone in client.Volumes.Keys.ToArray())
            {
                Assert.Empty(client.Inspect(clone));
                client.Delete(clone);
            }
        });

        Assert.Equal([".layers"], _lab.Names());
    }

    [Fact]
    public void Who_opens_a_volume_while_it_is_snapshotted_never_writes_the_layer_that_ends()
    {
        int step;
        int at = 0;
        do
        {
            VolumeId volume = _client.Create();
            WritableImage? opened = null;
            bool isSnapshotted = false;
            step = 0;
            FileVolumeDriver driver = _lab.Open(_ =>
            {
                if (step++ == at)
                    Try(() => opened = _client.Driver.OpenWritable(_client.Volumes[volume]));
            });

            Try(() =>
            {
                driver.CreateSnapshot(_client.Volumes[volume], DriverClient.NewSnapshot(_client.Volumes[volume]));
                isSnapshotted = true;
            });

            using (opened)
                Assert.False(isSnapshotted && opened?.File.Path == _lab[$"volume-{volume}"], $"step {at}");
        }
        while (at++ < step);
        Assert.InRange(at, 5, 100);

        static void Try(Action body)
        {
            try
            {
                body();
            }
            catch (StorageException error) when (error.Id == ErrorIds.ImageInUse || error.Id == ErrorIds.VolumeDamaged)
            {
            }
        }
    }

    [Fact]
    public void A_mark_that_no_header_confirms_keeps_nothing()
    {
        VolumeId source = _client.Create();
        VolumeId clone = _client.Clone(source, linked: true);
        File.WriteAllBytes(_lab[$".layers/volume-{source}/volume-{VolumeId.New()}"], []);

        _client.Delete(source);
        _client.Delete(clone);

        Assert.Equal([".layers"], _lab.Names());
    }

    [Fact]
    public void A_small_clone_of_a_volume_takes_less_than_a_mebibyte()
    {
        VolumeId source = _client.CreateFrom(TestImages.Mixed(3 << 20), sizeGiB: 2);
        VolumeId clone = _client.Clone(source, linked: true);

        Assert.InRange(_client.Driver.GetLayers(_client.Volumes[clone])[0].AllocatedBytes, 1, 1 << 20);
    }

    [NeedsToolFact("qemu-img")]
    public void Qemu_reads_chains_and_finds_no_fault_in_them()
    {
        VolumeId volume = _client.Create();
        _client.Write(volume, 100, 1);
        SnapshotId one = _client.Snapshot(volume);
        _client.Write(volume, 200, 2);
        SnapshotId two = _client.Snapshot(volume);
        _client.Write(volume, 1 << 20, 3);
        VolumeId clone = _client.Clone(volume, one, linked: true);

        string chain = Tool.Run("qemu-img", "info", "--backing-chain", "--output=json", _lab[$"volume-{volume}.{two}"]);
        Assert.Equal(2, chain.Split("\"backing-filename\"").Length - 1);
        Assert.Contains($"\"backing-filename\": \"volume-{volume}.{one}\"", chain, StringComparison.Ordinal);
        Assert.Contains("\"backing-filename-format\": \"qcow2\"", chain, StringComparison.Ordinal);
        _client.DeleteSnapshot(two);
        foreach (string file in Directory.EnumerateFiles(_lab.Folder, "volume-*").Where(file => !file.EndsWith(".info", StringComparison.Ordinal)))
            Tool.Run("qemu-img", "check", "-f", "qcow2", file);
        Compare(volume, null);
        Compare(volume, one);
        Compare(clone, null);
    }

    private void Compare(VolumeId volume, SnapshotId? snapshot)
    {
        IReadOnlyList<DriverLayer> layers = _client.Driver.GetLayers(_client.Volumes[volume]);
        DriverLayer top = snapshot is null ? layers[0] : layers.Single(layer => layer.Snapshot == snapshot);
        string raw = _lab["copy.raw"];
        Tool.Run("qemu-img", "convert", "-f", top.Format!, "-O", "raw", _lab[top.Name], raw);
        using (FileBlockDevice copy = FileBlockDevice.OpenRead(raw))
        {
            byte[] read = new byte[2 << 20];
            copy.Read(default, read);
            Assert.Equal(read, _client.Read(volume, 0, read.Length, snapshot));
        }

        File.Delete(raw);
    }

    private string[] Chain(VolumeId volume) => [.. _client.Driver.GetLayers(_client.Volumes[volume]).Select(layer => layer.Name)];

    private string ReadInfo(VolumeId volume) => File.ReadAllText(_lab[$"volume-{volume}.info"]);

    /// <summary>As <c>json.dump(snap_info, f, indent=1, sort_keys=True)</c> writes it.</summary>
    private static string Info(VolumeId volume, string active, params (SnapshotId Id, string File)[] snapshots)
    {
        Assert.StartsWith($"volume-{volume}", active, StringComparison.Ordinal);
        IEnumerable<string> lines = snapshots.Select(snapshot => (Key: snapshot.Id.ToString(), snapshot.File)).Append(("active", active))
            .OrderBy(entry => entry.Item1, StringComparer.Ordinal).Select(entry => $" \"{entry.Item1}\": \"{entry.Item2}\"");
        return "{\n" + string.Join(",\n", lines) + "\n}";
    }

    /// <summary>A qcow2 image that names a file to read through.</summary>
    private static byte[] Hostile(string backing)
    {
        MemoryBlockDevice device = new("hostile");
        using (ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(device, new ImageCreateOptions { VirtualSize = DriverClient.GiB, BackingFile = backing, BackingFormat = DiskImageFormat.Raw }))
            writer.Finish();
        return device.ReadAll();
    }
}
