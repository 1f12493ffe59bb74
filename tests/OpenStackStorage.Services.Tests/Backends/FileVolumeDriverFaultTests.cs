using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>What the driver File says when something is wrong with its folder, its medium or its layers.</summary>
public sealed class FileVolumeDriverFaultTests : IDisposable
{
    private readonly FileDriverLab _lab = new();
    private readonly DriverClient _client;

    public FileVolumeDriverFaultTests() => _client = new DriverClient(_lab.Open());

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("path", "relative/folder")]
    [InlineData("path", "")]
    [InlineData("format", "vmdk")]
    [InlineData("format", "")]
    [InlineData("tier", "")]
    [InlineData("tier", "s\nd")]
    [InlineData("provisioning", "fat")]
    [InlineData("pathh", "/x")]
    public void A_wrong_option_is_named(string option, string value)
    {
        Backend backend = _lab.Backend with { Options = new Dictionary<string, string>(_lab.Backend.Options) { [option] = value } };

        ServiceException error = Assert.Throws<ServiceException>(() => FileDriverLab.Factory.Validate(backend));

        error.AssertId(ErrorIds.ParameterInvalid);
        Assert.Contains($"'{option}'", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void Options_are_completed_with_defaults()
    {
        Backend backend = _lab.Backend with { Options = new Dictionary<string, string> { ["path"] = _lab.Folder, ["tier"] = "ssd" } };

        IReadOnlyDictionary<string, string> options = FileDriverLab.Factory.Validate(backend);

        Assert.Equal(("qcow2", "thin", "ssd"), (options["format"], options["provisioning"], options["tier"]));
        Assert.Equal("ssd", FileDriverLab.Factory.Open(backend).GetPools()[0].Capabilities["tier"]);
    }

    [Fact]
    public void A_folder_belongs_to_one_backend_of_one_store()
    {
        FileDriverLab.Factory.Initialize(_lab.Backend, _lab.Store);
        Assert.Throws<ServiceException>(() => FileDriverLab.Factory.Initialize(_lab.Backend, Guid.NewGuid())).AssertId(ErrorIds.BackendConflict);
        Backend other = _lab.Backend with { Name = "other" };
        Assert.Throws<ServiceException>(() => FileDriverLab.Factory.Initialize(other, _lab.Store)).AssertId(ErrorIds.BackendConflict);
        Assert.Throws<ServiceException>(FileDriverLab.Factory.Open(other).Check).AssertId(ErrorIds.BackendUnavailable);
    }

    [Fact]
    public void A_released_folder_keeps_what_is_not_the_drivers_own()
    {
        File.WriteAllText(_lab["notes.txt"], "mine");
        _client.Delete(_client.Clone(_client.Create(), linked: true));

        IReadOnlyList<string> left = FileDriverLab.Factory.Release(_lab.Backend, _lab.Store);

        Assert.Contains("notes.txt", left);
        Assert.DoesNotContain(FileVolumeDriver.MarkName, left);
        Assert.Throws<ServiceException>(() => _client.Create()).AssertId(ErrorIds.BackendUnavailable);
    }

    [Fact]
    public void A_folder_without_its_mark_is_not_used()
    {
        VolumeId volume = _client.Create();
        File.Delete(_lab[FileVolumeDriver.MarkName]);

        Assert.Throws<ServiceException>(() => _client.Create()).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => _client.Read(volume, 0, 1)).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => _client.Delete(volume)).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => _client.Recover(volume)).AssertId(ErrorIds.BackendUnavailable);
        Directory.Delete(_lab.Folder, recursive: true);
        Assert.Throws<ServiceException>(_client.Driver.Check).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => _client.Driver.GetPools()).AssertId(ErrorIds.BackendUnavailable);
        Directory.CreateDirectory(_lab.Folder);
    }

    [NeedsMountFact]
    public void A_full_medium_is_said_to_be_full_and_keeps_what_it_has()
    {
        using FileDriverLab lab = new(DiskImageFormat.Raw);
        using SmallMount mount = new(lab.Folder, "size=2m");
        FileDriverLab.Factory.Initialize(lab.Backend, lab.Store);
        DriverClient client = new(lab.Open());
        VolumeId volume = client.CreateFrom(TestImages.Mixed(512 << 10));

        Assert.Throws<ServiceException>(() => client.CreateFrom(new byte[4 << 20].Select((_, at) => (byte)(at | 1)).ToArray())).AssertId(ErrorIds.BackendFull);

        Assert.Equal([volume], client.Volumes.Keys);
        Assert.Equal([$"volume-{volume}"], lab.Names());
    }

    [NeedsMountFact]
    public void A_medium_that_can_not_be_written_is_unavailable()
    {
        using FileDriverLab lab = new();
        using SmallMount mount = new(lab.Folder, "size=8m");
        FileDriverLab.Factory.Initialize(lab.Backend, lab.Store);
        DriverClient client = new(lab.Open());
        VolumeId volume = client.Create();
        mount.Remount("ro");

        Assert.Throws<ServiceException>(() => client.Create()).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(client.Driver.Check).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => client.Snapshot(volume)).AssertId(ErrorIds.BackendUnavailable);
        Assert.Throws<ServiceException>(() => client.Delete(volume)).AssertId(ErrorIds.BackendUnavailable);
        Assert.Equal([0], client.Read(volume, 0, 1));
    }

    [Theory]
    [InlineData(DiskImageFormat.Raw)]
    [InlineData(DiskImageFormat.Qcow2)]
    [InlineData(DiskImageFormat.Vhdx)]
    public void A_layer_that_was_changed_behind_those_above_it_is_named(DiskImageFormat format)
    {
        using FileDriverLab lab = new(format);
        DriverClient client = new(lab.Open());
        VolumeId volume = client.Create();
        SnapshotId snapshot = client.Snapshot(volume);
        string layer = lab[$"volume-{volume}"];
        File.SetLastWriteTimeUtc(layer, File.GetLastWriteTimeUtc(layer).AddSeconds(1));

        ServiceException error = Assert.Throws<ServiceException>(() => client.Read(volume, 0, 1));

        error.AssertId(ErrorIds.VolumeDamaged);
        Assert.Equal(layer, error.Target);
        Assert.Equal(layer, Assert.Throws<ServiceException>(() => client.Read(volume, 0, 1, snapshot)).Target);
        Assert.Equal(layer, Assert.Throws<ServiceException>(() => client.DeleteSnapshot(snapshot)).Target);
        Assert.Contains(client.Inspect(volume), finding => finding.Code == "ParentChanged" && finding.Place == layer);
    }

    [Fact]
    public void A_layer_that_is_missing_is_named_and_recovery_deletes_nothing()
    {
        VolumeId volume = _client.Create();
        SnapshotId snapshot = _client.Snapshot(volume);
        string layer = _lab[$"volume-{volume}"];
        File.Move(layer, layer + ".away");

        Assert.Equal(layer, Assert.Throws<ServiceException>(() => _client.Read(volume, 0, 1)).Target);
        DriverTruth truth = _client.Recover(volume);

        Assert.True(truth.Exists);
        Assert.Equal([snapshot], truth.Snapshots);
        Assert.Contains(_client.Inspect(volume), finding => finding.Code == "LayerMissing" && finding.Place == layer);
        File.Move(layer + ".away", layer);
        Assert.Empty(_client.Inspect(volume));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"active\": \"../other\"}")]
    [InlineData("{\"active\": 1}")]
    public void An_info_file_that_makes_no_sense_is_named(string text)
    {
        VolumeId volume = _client.Create();
        File.WriteAllText(_lab[$"volume-{volume}.info"], text);

        ServiceException error = Assert.Throws<ServiceException>(() => _client.Read(volume, 0, 1));

        error.AssertId(ErrorIds.VolumeDamaged);
        Assert.Equal(_lab[$"volume-{volume}.info"], error.Target);
        Assert.Contains(_client.Inspect(volume), finding => finding.Code == "InfoDamaged");
    }

    [Fact]
    public void A_symbolic_link_is_no_layer()
    {
        if (OperatingSystem.IsWindows())
            return;
        VolumeId volume = _client.Create();
        string layer = _lab[$"volume-{volume}"];
        File.Move(layer, layer + ".real");
        File.CreateSymbolicLink(layer, layer + ".real");
        File.CreateSymbolicLink(_lab["linked.raw"], layer + ".real");

        Assert.Throws<ServiceException>(() => _client.Read(volume, 0, 1)).AssertId(ErrorIds.VolumeDamaged);
        Assert.Throws<ServiceException>(() => _client.Write(volume, 0, 1)).AssertId(ErrorIds.VolumeDamaged);
        Assert.DoesNotContain(_client.Driver.ListManageable(), listed => listed.Reference == "linked.raw");
        Assert.Throws<ServiceException>(() => _client.Driver.Manage(DriverClient.NewVolume(), "linked.raw")).AssertId(ErrorIds.VolumeNotFound);
    }

    [Fact]
    public void A_file_that_reads_through_another_or_is_not_what_it_is_called_is_not_taken_over()
    {
        Make("overlay.qcow2", DiskImageFormat.Qcow2, "/etc/passwd");
        Make("disguised.raw", DiskImageFormat.Qcow2, null);
        Make("other.vmdk", DiskImageFormat.Vmdk, null);

        Assert.All(_client.Driver.ListManageable(), listed => Assert.NotNull(listed.Obstacle));
        foreach (string name in new[] { "overlay.qcow2", "disguised.raw", "other.vmdk", "../x", "missing" })
        {
            ErrorId id = Assert.Throws<ServiceException>(() => _client.Driver.Manage(DriverClient.NewVolume(), name)).Id;
            Assert.Contains(id, new[] { ErrorIds.ImageUnsafe, ErrorIds.ImageFormatMismatch, ErrorIds.VolumeNotFound });
        }

        Assert.Equal(3, _client.Driver.ListManageable().Count);
    }

    [Fact]
    public void A_volume_of_several_layers_is_not_given_back()
    {
        VolumeId volume = _client.Create();
        VolumeId clone = _client.Clone(volume, linked: true);

        Assert.Throws<ServiceException>(() => _client.Driver.Unmanage(_client.Volumes[volume])).AssertId(ErrorIds.VolumeConflict);
        Assert.Throws<ServiceException>(() => _client.Driver.Unmanage(_client.Volumes[clone])).AssertId(ErrorIds.VolumeConflict);
    }

    [Fact]
    public void A_wiped_layer_is_overwritten_before_it_goes()
    {
        using FileDriverLab lab = new(DiskImageFormat.Raw);
        List<byte> seen = [];
        VolumeId volume = default;
        DriverClient client = new(lab.Open(what =>
        {
            if (what.StartsWith("delete volume-", StringComparison.Ordinal) && what.Contains(LayerNames.PartialMark, StringComparison.Ordinal))
                seen.AddRange(File.ReadAllBytes(lab[what["delete ".Length..]]).AsSpan(0, 1 << 20));
        }));
        volume = client.Create();
        client.Write(volume, 4096, 1, 2, 3);

        client.Delete(volume, clearMiB: 1);

        Assert.Equal(1 << 20, seen.Count);
        Assert.DoesNotContain(seen, value => value != 0);
    }

    [Fact]
    public void Thick_volumes_have_their_space_from_the_start()
    {
        using FileDriverLab lab = new(DiskImageFormat.Raw, ("provisioning", "thick"));
        List<string> steps = [];
        DriverClient client = new(lab.Open(what =>
        {
            steps.Add(what);
            if (what.StartsWith("preallocate", StringComparison.Ordinal))
                throw new StorageException(ErrorIds.InsufficientSpace, "A GiB is more than a test takes.");
        }));

        Assert.Throws<ServiceException>(() => client.Create()).AssertId(ErrorIds.BackendFull);

        Assert.Contains(steps, what => what.StartsWith("preallocate", StringComparison.Ordinal));
        Assert.Empty(lab.Names());
        Assert.Equal((false, true), (client.Driver.GetPools()[0].Thin, client.Driver.GetPools()[0].Thick));
    }

    private void Make(string name, DiskImageFormat format, string? backing)
    {
        using FileBlockDevice file = FileBlockDevice.CreateNew(_lab[name]);
        ImageCreateOptions options = new() { VirtualSize = DriverClient.GiB, BackingFile = backing, BackingFormat = backing is null ? null : DiskImageFormat.Raw };
        using ImageWriter writer = ImageFormats.Get(format).Create([new ImageFile(_lab[name], file)], options);
        writer.Finish();
    }
}
