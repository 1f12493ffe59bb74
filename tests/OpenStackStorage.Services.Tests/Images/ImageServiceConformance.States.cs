using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

public abstract partial class ImageServiceConformance
{
    /// <summary>What is done to an image in some state, and what it is then; null for refused as a conflict, deleted for gone.</summary>
    public static TheoryData<ImageStatus, string, ImageStatus?> Actions
    {
        get
        {
            // Columns: upload, deactivate, reactivate, delete, delay, restore, open, format, name.
            string[] names = ["upload", "deactivate", "reactivate", "delete", "delay", "restore", "open", "format", "name"];
            Dictionary<ImageStatus, string> table = new()
            {
                [ImageStatus.Queued] = "active - - deleted deleted - - queued queued",
                [ImageStatus.Saving] = "- - - deleted deleted - - - saving",
                [ImageStatus.Active] = "- deactivated active deleted pending_delete - active - active",
                [ImageStatus.Deactivated] = "- deactivated active deleted - - deactivated - deactivated",
                [ImageStatus.PendingDelete] = "- - - deleted - active - - -",
            };
            TheoryData<ImageStatus, string, ImageStatus?> rows = [];
            foreach ((ImageStatus status, string row) in table)
            {
                foreach ((string action, string result) in names.Zip(row.Split(' ')))
                    rows.Add(status, action, ImageWords.Find<ImageStatus>(result));
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public void Every_action_in_every_state_is_done_or_refused(ImageStatus status, string action, ImageStatus? result)
    {
        IImageService service = As(Admin);
        InState(status, id =>
        {
            if (result is not { } expected)
            {
                ServiceException e = Refused(ErrorIds.ImageConflict, () => Act(service, id, action));
                Assert.Contains(ImageWords.Of(status), e.Message, StringComparison.Ordinal);
                Assert.Equal(status, service.Get(id).Status);
                return;
            }

            Act(service, id, action);
            if (expected == ImageStatus.Deleted)
                Refused(ErrorIds.ImageNotFound, () => service.Get(id));
            else
                Assert.Equal(expected, service.Get(id).Status);
        });
    }

    [Theory]
    [InlineData("upload")]
    [InlineData("deactivate")]
    [InlineData("reactivate")]
    [InlineData("delete")]
    [InlineData("restore")]
    [InlineData("open")]
    [InlineData("name")]
    public void A_deleted_image_is_not_found_by_anything(string action) => InState(ImageStatus.Queued, id =>
    {
        As(Owner).Delete(id, delay: false);

        Refused(ErrorIds.ImageNotFound, () => Act(As(Owner), id, action));
    });

    [Fact]
    public void A_second_upload_is_refused_as_by_Glance()
    {
        Image image = As(Owner).Create(Raw);
        Upload(As(Owner), image.Id, [1, 2, 3]);

        RefusedAs("glance-upload-twice", () => Upload(As(Owner), image.Id, [4]));
        Assert.Equal(3, As(Owner).Get(image.Id).Size);
    }

    [Fact]
    public void An_upload_records_size_and_hashes_and_is_read_back()
    {
        Image image = As(Owner).Create(Raw with { Name = "n" });

        Image active = Upload(As(Owner), image.Id, Encoding.ASCII.GetBytes("abc"));

        Assert.Equal(ImageStatus.Active, active.Status);
        Assert.Equal((3L, 3L, "n"), (active.Size, active.VirtualSize, active.Name));
        Assert.Equal("900150983cd24fb0d6963f7d28e17f72", active.Checksum); // RFC 1321, A.5
        Assert.Equal("sha512", active.HashAlgorithm);
        Assert.StartsWith("ddaf35a193617abacc417349ae204131", active.HashValue, StringComparison.Ordinal); // FIPS 180-2, C.1
        using ImageData data = As(Owner).Open(image.Id);
        byte[] bytes = new byte[3];
        data.Device.Read(default, bytes);
        Assert.Equal("abc"u8.ToArray(), bytes);
    }

    [Fact]
    public void An_image_of_no_bytes_is_active_with_size_zero()
    {
        Image image = As(Owner).Create(Raw);

        Assert.Equal((ImageStatus.Active, 0L), (Upload(As(Owner), image.Id, []).Status, As(Owner).Get(image.Id).Size));
    }

    [Fact]
    public void Data_needs_formats_first()
    {
        Image image = As(Owner).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw });

        Assert.Contains("container_format", Refused(ErrorIds.ParameterInvalid, () => Upload(As(Owner), image.Id, [1])).Message, StringComparison.Ordinal);
        Assert.Equal(ImageStatus.Queued, As(Owner).Get(image.Id).Status);
        As(Owner).Update(image.Id, new ImageChange { ContainerFormat = ImageContainerFormat.Bare });
        Assert.Equal(ImageStatus.Active, Upload(As(Owner), image.Id, [1]).Status);
    }

    [Fact]
    public void After_a_failed_upload_the_image_is_queued_and_says_why()
    {
        Image image = As(Owner).Create(Raw with { DiskFormat = ImageDiskFormat.Qcow2 });

        ServiceException e = Refused(ErrorIds.ImageFormatMismatch, () => Upload(As(Owner), image.Id, Samples.Noise(4096)));

        Image failed = As(Owner).Get(image.Id);
        Assert.Equal((ImageStatus.Queued, (string?)e.Message, (long?)null), (failed.Status, failed.LastError, failed.Size));
        Assert.Null(Upload(As(Owner), image.Id, Samples.Empty(DiskImageFormat.Qcow2)).LastError);
    }

    [Fact]
    public void A_stopped_or_broken_upload_can_be_repeated()
    {
        Image image = As(Owner).Create(Raw);
        using CancellationTokenSource stop = new();
        SlowStream stopped = new(() => stop.Cancel());
        SlowStream broken = new(() => throw new IOException("the line is cut"));

        Assert.ThrowsAny<OperationCanceledException>(
            () => As(Owner).Upload(image.Id, new ImageContent.FromStream(stopped, null), new ImageUploadOptions(), new WorkProgress(), stop.Token));
        Assert.Contains("stopped", As(Owner).Get(image.Id).LastError, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(
            () => As(Owner).Upload(image.Id, new ImageContent.FromStream(broken, null), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None));
        Assert.Contains("the line is cut", As(Owner).Get(image.Id).LastError, StringComparison.Ordinal);
        Assert.Equal(ImageStatus.Active, Upload(As(Owner), image.Id, [1]).Status);
    }

    [Fact]
    public void An_image_that_is_deleted_during_its_upload_stays_deleted() => InState(ImageStatus.Saving, id =>
    {
        As(Owner).Delete(id, delay: false);

        Refused(ErrorIds.ImageNotFound, () => As(Owner).Get(id));
    });

    [Fact]
    public void A_change_during_the_upload_is_kept()
    {
        ImageId changed = default;
        InState(ImageStatus.Saving, id =>
        {
            changed = id;
            As(Owner).Update(id, new ImageChange { Name = "meanwhile" });
        });

        Assert.Equal(("meanwhile", ImageStatus.Active), (As(Owner).Get(changed).Name, As(Owner).Get(changed).Status));
    }

    [Fact]
    public void A_deactivated_image_is_read_by_admins_alone() => InState(ImageStatus.Deactivated, id =>
    {
        Refused(ErrorIds.NotAuthorized, () => As(Owner).Open(id));
        As(Admin).Open(id).Dispose();
        As(Owner).Reactivate(id);
        As(Owner).Open(id).Dispose();
    });

    [Fact]
    public void A_reader_sees_an_image_and_does_not_read_its_data() => InState(ImageStatus.Active, id =>
    {
        Assert.Equal(id, As(Reader).Get(id).Id);
        Refused(ErrorIds.NotAuthorized, () => As(Reader).Open(id));
    });

    [Fact]
    public void A_delayed_deletion_is_seen_by_the_owner_alone_and_counts_no_more() => InState(ImageStatus.PendingDelete, id =>
    {
        Assert.NotNull(As(Owner).Get(id).DeletedAt);
        Assert.Empty(As(Owner).List(new ImageQuery()));
        Assert.Equal(0, As(Owner).GetUsage("one").Size);
        Refused(ErrorIds.ImageNotFound, () => As(Stranger).Get(id));
        Image restored = As(Owner).Restore(id);
        Assert.Equal((ImageStatus.Active, null), (restored.Status, restored.DeletedAt));
        As(Owner).Open(id).Dispose();
    });

    /// <summary>Brings an image of the owner's into a state and hands it over; saving lasts as long as that.</summary>
    protected void InState(ImageStatus status, Action<ImageId> use)
    {
        IImageService service = As(Owner);
        ImageId id = service.Create(Raw with { Visibility = ImageVisibility.Community }).Id;
        if (status == ImageStatus.Saving)
        {
            using ManualResetEventSlim arrived = new(), go = new();
            Task upload = Task.Run(() => service.Upload(id, new ImageContent.FromStream(new SlowStream(() => { arrived.Set(); go.Wait(); }), null),
                new ImageUploadOptions(), new WorkProgress(), CancellationToken.None));
            Assert.True(arrived.Wait(TimeSpan.FromMinutes(1)), upload.Exception?.ToString());
            bool isDeleted;
            try
            {
                use(id);
            }
            finally
            {
                go.Set();
                isDeleted = SpinWait.SpinUntil(() => upload.IsCompleted, TimeSpan.FromMinutes(1)) && upload.IsFaulted;
            }

            if (isDeleted)
                Assert.Contains("deleted while its data arrived", Assert.IsType<ServiceException>(upload.Exception!.InnerException).Message, StringComparison.Ordinal);
            return;
        }

        if (status != ImageStatus.Queued)
            Upload(service, id, new byte[100]);
        if (status == ImageStatus.Deactivated)
            service.Deactivate(id);
        if (status == ImageStatus.PendingDelete)
            service.Delete(id, delay: true);
        use(id);
    }

    private static void Act(IImageService service, ImageId id, string action)
    {
        switch (action)
        {
            case "upload":
                Upload(service, id, [1]);
                break;
            case "deactivate":
                service.Deactivate(id);
                break;
            case "reactivate":
                service.Reactivate(id);
                break;
            case "delete" or "delay":
                service.Delete(id, delay: action == "delay");
                break;
            case "restore":
                service.Restore(id);
                break;
            case "open":
                service.Open(id).Dispose();
                break;
            case "format":
                service.Update(id, new ImageChange { DiskFormat = ImageDiskFormat.Qcow2 });
                break;
            default:
                service.Update(id, new ImageChange { Name = "x" });
                break;
        }
    }
}
