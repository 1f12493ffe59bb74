using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests;

/// <summary>What a check finds in a store, and what a repair makes of it.</summary>
public sealed class StoreRepairTests : IDisposable
{
    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_sound_store_has_no_findings_and_is_not_changed()
    {
        Image image = _lab.Create();
        Assert.Empty(_lab.Check(deep: true));
        Assert.Empty(_lab.Repair());
        Assert.Equal(image.UpdatedAt, _lab.Find(image.Id).UpdatedAt);
        Assert.Empty(Directory.GetFiles(Path.Combine(_lab.Root, "locks")));
    }

    [Fact]
    public void A_folder_that_is_no_store_is_refused()
    {
        Directory.CreateDirectory(_lab.Root);
        Assert.Throws<ServiceException>(() => _lab.Check()).AssertId(ErrorIds.StoreInvalid);
        Assert.Empty(Directory.GetFileSystemEntries(_lab.Root));
    }

    [Fact]
    public void An_image_whose_data_is_gone_is_deactivated_and_says_why()
    {
        Image image = _lab.Create();
        File.Delete(_lab.Data(image));
        Assert.Equal((StoreSeverity.Error, image.Id), (_lab.Check()[0].Severity, _lab.Check()[0].Image));
        _lab.RepairOnly(StoreFindingKind.DataMissing, isMended: false);
        Image known = _lab.Find(image.Id);
        Assert.Equal(ImageStatus.Deactivated, known.Status);
        Assert.Contains("gone", known.LastError, StringComparison.Ordinal);
        Assert.Equal((StoreSeverity.Warning, null), (Assert.Single(_lab.Check()).Severity, _lab.Check()[0].Repair));

        File.WriteAllBytes(_lab.Data(image), [1, 2, 3]);
        Assert.Equal(ImageStatus.Active, _lab.Use(store => store.Images(StoreLab.Admin).Reactivate(image.Id)).Status);
    }

    [Fact]
    public void Data_of_another_length_deactivates_its_image_and_stays()
    {
        Image image = _lab.Create();
        File.WriteAllBytes(_lab.Data(image), [1]);
        _lab.RepairOnly(StoreFindingKind.DataLength, isMended: false);
        Assert.Equal(ImageStatus.Deactivated, _lab.Find(image.Id).Status);
        Assert.Equal([1], File.ReadAllBytes(_lab.Data(image)));
    }

    [Fact]
    public void Other_bytes_of_the_same_length_are_found_by_a_deep_check_alone()
    {
        Image image = _lab.Create();
        File.WriteAllBytes(_lab.Data(image), [3, 2, 1]);
        Assert.Empty(_lab.Check());
        StoreFinding finding = Assert.Single(_lab.Check(deep: true));
        Assert.Equal((StoreFindingKind.DataHash, image.Id, image.HashValue), (finding.Kind, finding.Image, finding.Expected));
    }

    [Fact]
    public void Data_with_a_sound_record_is_put_back()
    {
        Image image = _lab.Create("kept");
        _lab.Write(writer => writer.RemoveImage(image.Id));
        _lab.RepairOnly(StoreFindingKind.ImageLost);
        Image back = _lab.Find(image.Id);
        Assert.Equal(("kept", ImageStatus.Active, image.HashValue, image.Size), (back.Name, back.Status, back.HashValue, back.Size));
        Assert.Equal([1, 2, 3], _lab.Use(store => store.ImageStores[0].ReadAll(back.Locations[0].Key)));
    }

    [Fact]
    public void A_queued_image_gets_its_data_back_and_keeps_what_was_changed_since()
    {
        Image image = _lab.Create("old");
        _lab.Write(writer => writer.PutImage(image with { Name = "new", Status = ImageStatus.Queued, Size = null, Checksum = null, HashValue = null, Locations = [] }));
        Assert.Equal("Put back", Assert.Single(_lab.Repair()).Done);
        Image back = _lab.Find(image.Id);
        Assert.Equal(("new", ImageStatus.Active, image.HashValue), (back.Name, back.Status, back.HashValue));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    public void Data_without_a_sound_record_is_kept_and_named(string? record)
    {
        Image image = _lab.Create();
        _lab.Write(writer => writer.RemoveImage(image.Id));
        File.Delete(_lab.Record(image));
        if (record is not null)
            File.WriteAllText(_lab.Record(image), record);
        StoreRepairResult[] done = _lab.Repair();
        Assert.Contains("lost+found", done[0].Done, StringComparison.Ordinal);
        Assert.Equal(record is null ? [image.Id.ToString()] : [image.Id.ToString(), image.Id + ".json"], _lab.Lost());
        Assert.Empty(_lab.Check());
    }

    [Fact]
    public void What_lies_in_lost_and_found_is_never_replaced()
    {
        ImageId id = ImageId.New();
        _lab.Open().Dispose();
        for (int copy = 0; copy < 3; copy++)
        {
            File.WriteAllText(Path.Combine(_lab.Root, "images", id.ToString()), $"{copy}");
            _lab.RepairOnly(StoreFindingKind.DataOrphaned);
        }

        Assert.Equal([$"{id}", $"{id}.1", $"{id}.2"], _lab.Lost());
        Assert.Equal("0", File.ReadAllText(Path.Combine(_lab.Root, "lost+found", id.ToString())));
    }

    [Fact]
    public void Data_of_a_deleted_image_is_removed()
    {
        Image image = _lab.Create();
        _lab.Write(writer => writer.PutImage(image with { Status = ImageStatus.Deleted, Locations = [] }));
        Assert.All(_lab.Repair(), result => Assert.Equal((StoreFindingKind.DataDeleted, "Removed"), (result.Finding.Kind, result.Done)));
        Assert.Empty(Directory.GetFiles(Path.Combine(_lab.Root, "images")));
    }

    [Fact]
    public void Unfinished_data_is_removed_unless_someone_brings_it()
    {
        Image image = _lab.Use(store => store.Images(StoreLab.Admin).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare }));
        string partial = _lab.Data(image) + ".partial-12ab";
        File.WriteAllText(partial, "half");
        using (EmbeddedStore store = _lab.Open())
        {
            Guid operation = Guid.NewGuid();
            using OperationLock held = store.Locks.Take(operation);
            store.Catalog.Write(writer =>
            {
                writer.PutImage(image with { Status = ImageStatus.Saving });
                writer.PutOperation(ImageOperations.NewUpload(operation, image.Id, new UploadDetail("file", "one", 10), image.CreatedAt));
                return true;
            });
            Assert.Empty(_lab.Check());
            StoreFinding claimed = new(StoreFindingKind.DataUnfinished, StoreSeverity.Warning, partial, "") { Image = image.Id, Repair = "Remove the file" };
            Assert.Null(Assert.Single(StoreRepair.Run(_lab.Root, [claimed], [], CancellationToken.None)).Done);
            Assert.True(File.Exists(partial));
        }

        Assert.Equal(StoreFindingKind.OperationDead, Assert.Single(_lab.Check()).Kind);
        Assert.Equal("Ended or undone", Assert.Single(_lab.Repair()).Done);
        Assert.Equal(ImageStatus.Queued, _lab.Find(image.Id).Status);
        File.WriteAllText(partial, "half");
        _lab.RepairOnly(StoreFindingKind.DataUnfinished);
        Assert.False(File.Exists(partial));
    }

    [Theory]
    [InlineData(ImageStatus.Saving)]
    [InlineData(ImageStatus.Uploading)]
    [InlineData(ImageStatus.Importing)]
    public void An_image_that_nobody_brings_is_queued_again(ImageStatus status)
    {
        Image image = _lab.Create();
        _lab.Use(store => store.ImageStores[0].Delete(image.Id.ToString()));
        _lab.Write(writer => writer.PutImage(image with { Status = status, Locations = [] }));
        _lab.RepairOnly(StoreFindingKind.ImageStuck);
        Assert.Equal((ImageStatus.Queued, null), (_lab.Find(image.Id).Status, _lab.Find(image.Id).Size));
        Assert.NotNull(_lab.Find(image.Id).LastError);
    }

    [Fact]
    public void An_operation_that_can_not_be_read_is_removed_and_its_image_queued()
    {
        Image image = _lab.Use(store => store.Images(StoreLab.Admin).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare }));
        using (EmbeddedStore store = _lab.Open())
        {
            store.Catalog.Write(writer =>
            {
                writer.PutImage(image with { Status = ImageStatus.Saving });
                writer.PutOperation(new CatalogOperation(Guid.NewGuid(), "image-upload", image.Id.ToString(), "{", image.CreatedAt));
                return true;
            });
        }

        Assert.StartsWith("Removed", _lab.RepairOnly(StoreFindingKind.OperationDead, isMended: false).Done, StringComparison.Ordinal);
        _lab.RepairOnly(StoreFindingKind.ImageStuck);
        Assert.Equal(ImageStatus.Queued, _lab.Find(image.Id).Status);
    }

    [Fact]
    public void An_operation_of_an_unknown_kind_is_named_and_left_alone()
    {
        _lab.Write(writer => writer.PutOperation(new CatalogOperation(Guid.NewGuid(), "volume-create", "x", "", DateTimeOffset.UnixEpoch)));
        Assert.Equal(StoreFindingKind.OperationDead, Assert.Single(_lab.Check()).Kind);
        Assert.Null(Assert.Single(_lab.Repair()).Done);
        Assert.Single(_lab.Check());
    }

    [Fact]
    public void A_record_that_is_missing_damaged_or_old_is_written_from_the_catalogue()
    {
        Image image = _lab.Create("before");
        File.Delete(_lab.Record(image));
        _lab.RepairOnly(StoreFindingKind.RecordMissing);
        File.WriteAllText(_lab.Record(image), "{");
        _lab.RepairOnly(StoreFindingKind.RecordDamaged);
        Assert.Equal([image.Id + ".json"], _lab.Lost());
        _lab.Write(writer => writer.PutImage(image with { Name = "after", Tags = ["x"] }));
        Assert.Equal(StoreSeverity.Information, _lab.Check()[0].Severity);
        _lab.RepairOnly(StoreFindingKind.RecordDiffers);
        _lab.Write(writer => writer.RemoveImage(image.Id));
        _lab.Repair();
        Assert.Equal("after", _lab.Find(image.Id).Name);
        Assert.Single(_lab.Lost());
    }

    [Fact]
    public void A_record_of_a_newer_version_is_left_alone()
    {
        Image image = _lab.Create();
        File.WriteAllText(_lab.Record(image), """{"version":9}""");
        Assert.Null(Assert.Single(_lab.Check()).Repair);
        Assert.Empty(_lab.Repair());
        Assert.Equal("""{"version":9}""", File.ReadAllText(_lab.Record(image)));
    }

    [Fact]
    public void A_link_in_the_place_of_data_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        Image image = _lab.Create();
        File.WriteAllBytes(_lab["outside"], [1, 2, 3]);
        File.Delete(_lab.Data(image));
        File.CreateSymbolicLink(_lab.Data(image), _lab["outside"]);
        Assert.Equal(StoreFindingKind.DataMissing, Assert.Single(_lab.Check(deep: true)).Kind);
        _lab.Repair();
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_lab["outside"]));
    }

    [Fact]
    public void Files_that_no_store_makes_are_named_and_never_touched()
    {
        _lab.Open().Dispose();
        string letter = Path.Combine(_lab.Root, "images", "letter.txt");
        File.WriteAllText(letter, "x");
        File.WriteAllText(Path.Combine(_lab.Root, "locks", Guid.NewGuid().ToString()), "");
        StoreFinding[] findings = _lab.Check();
        Assert.All(findings, finding => Assert.Equal(StoreSeverity.Information, finding.Severity));
        Assert.Equal([StoreFindingKind.LockStale, StoreFindingKind.FileForeign], findings.Select(finding => finding.Kind));
        Assert.Equal("Removed", Assert.Single(_lab.Repair()).Done);
        Assert.True(File.Exists(letter));
    }

    [Fact]
    public void Two_repairs_at_once_are_refused()
    {
        _lab.Open().Dispose();
        using EmbeddedStore store = _lab.Open();
        using OperationLock held = store.Locks.Take(StoreState.RepairLock);
        Assert.Throws<ServiceException>(() => _lab.Repair()).AssertId(ErrorIds.CatalogBusy);
    }
}
