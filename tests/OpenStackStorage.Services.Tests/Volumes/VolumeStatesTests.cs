namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Every pair of status and action, as <c>cinder/volume/api.py</c> has them.</summary>
public sealed class VolumeStatesTests
{
    private const string Deletable = "available error error_restoring error_extending error_managing";

    /// <summary>The statuses in Cinder's words that allow an action: written down from the source, not from the table.</summary>
    private static readonly Dictionary<VolumeAction, string> Allowed = new()
    {
        [VolumeAction.Clone] = "available in-use", // create_volume.py, SRC_VOL_PROCEED_STATUS
        [VolumeAction.Update] = "* -maintenance",
        [VolumeAction.SetMetadata] = "* -maintenance -uploading",
        [VolumeAction.SetReadOnly] = "available",
        [VolumeAction.Delete] = Deletable,
        [VolumeAction.DeleteCascade] = Deletable,
        [VolumeAction.ForceDelete] = "*",
        [VolumeAction.ForceDeleteCascade] = "*",
        [VolumeAction.Manage] = "",
        [VolumeAction.Unmanage] = Deletable,
        [VolumeAction.Snapshot] = "available",
        [VolumeAction.SnapshotInUse] = "available in-use",
        [VolumeAction.Extend] = "available",
        [VolumeAction.ExtendInUse] = "in-use",
        [VolumeAction.Revert] = "available",
        [VolumeAction.Upload] = "available",
        [VolumeAction.UploadInUse] = "available in-use",
        [VolumeAction.Attach] = "available downloading",
        [VolumeAction.AttachMultiple] = "available in-use downloading",
        [VolumeAction.Detach] = "in-use",
        [VolumeAction.Retype] = "available in-use",
        [VolumeAction.Migrate] = "available in-use",
        [VolumeAction.Reimage] = "available error",
        [VolumeAction.ReimageReserved] = "available error reserved",
        [VolumeAction.Flatten] = "available in-use",
    };

    private static readonly Dictionary<SnapshotAction, string> AllowedSnapshots = new()
    {
        [SnapshotAction.Clone] = "available",
        [SnapshotAction.Update] = "*",
        [SnapshotAction.Delete] = "available error",
        [SnapshotAction.ForceDelete] = "*",
        [SnapshotAction.Revert] = "available",
    };

    public static IEnumerable<object[]> Pairs =>
        from action in Enum.GetValues<VolumeAction>() where action != VolumeAction.Create from status in Enum.GetValues<VolumeStatus>() select new object[] { action, status };

    public static IEnumerable<object[]> SnapshotPairs =>
        from action in Enum.GetValues<SnapshotAction>() where action != SnapshotAction.Create from status in Enum.GetValues<SnapshotStatus>() select new object[] { action, status };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_status_allows_an_action_or_refuses_it(VolumeAction action, VolumeStatus status)
    {
        Volume volume = Sample(status);
        string word = VolumeWords.Of(status);
        if (IsAllowed(Allowed[action], word))
        {
            Assert.Equal(VolumeStates.Of(action).During is null ? status : During(action, status), VolumeStates.Begin(action, volume, [], []).Status);
            return;
        }

        ServiceException refusal = Assert.Throws<ServiceException>(() => VolumeStates.Begin(action, volume, [], []));
        Assert.Equal(ErrorIds.VolumeConflict, refusal.Id);
        Assert.Contains(word, refusal.Found, StringComparison.Ordinal);
        Assert.All(VolumeStates.Of(action).From, from => Assert.Contains(VolumeWords.Of(from), refusal.Expected, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(SnapshotPairs))]
    public void A_status_of_a_snapshot_allows_an_action_or_refuses_it(SnapshotAction action, SnapshotStatus status)
    {
        VolumeSnapshot snapshot = Snapshot(status);
        string word = VolumeWords.Of(status);
        if (IsAllowed(AllowedSnapshots[action], word))
        {
            Assert.Equal(SnapshotStates.Of(action).During ?? status, SnapshotStates.Begin(action, snapshot).Status);
            return;
        }

        ServiceException refusal = Assert.Throws<ServiceException>(() => SnapshotStates.Begin(action, snapshot));
        Assert.Equal((ErrorIds.SnapshotConflict, word), (refusal.Id, refusal.Found));
    }

    [Theory]
    [InlineData(VolumeAction.Create, "creating", "available", "error")]
    [InlineData(VolumeAction.Delete, "deleting", null, "error_deleting")]
    [InlineData(VolumeAction.Manage, "managing", "available", "error_managing")]
    [InlineData(VolumeAction.Migrate, "maintenance", "available", "available")]
    [InlineData(VolumeAction.Unmanage, "unmanaging", null, "error_unmanaging")]
    [InlineData(VolumeAction.Extend, "extending", "available", "error_extending")]
    [InlineData(VolumeAction.ExtendInUse, "extending", "available", "error_extending")]
    [InlineData(VolumeAction.Revert, "reverting", "available", "error")]
    [InlineData(VolumeAction.Upload, "uploading", "available", "available")]
    [InlineData(VolumeAction.Retype, "retyping", "available", "available")]
    [InlineData(VolumeAction.Reimage, "downloading", "available", "error")]
    [InlineData(VolumeAction.Detach, "detaching", "available", "in-use")]
    public void An_action_leads_where_Cinders_manager_leads(VolumeAction action, string during, string? after, string failed)
    {
        VolumeRule rule = VolumeStates.Of(action);

        Assert.Equal(during, VolumeWords.Of(rule.During!.Value));
        if (after is not null)
            Assert.Equal(after, VolumeWords.Of(VolumeStates.End(action, Sample(rule.During.Value), []).Status));
        Volume error = VolumeStates.Fail(action, Sample(rule.During.Value), [], "why");
        Assert.Equal((failed, "why"), (VolumeWords.Of(error.Status), error.LastError));
    }

    [Theory]
    [InlineData(AttachStatus.Attached, VolumeStatus.InUse)]
    [InlineData(AttachStatus.Attaching, VolumeStatus.Attaching)]
    [InlineData(AttachStatus.ErrorAttaching, VolumeStatus.Available)]
    [InlineData(AttachStatus.Reserved, VolumeStatus.Reserved)]
    public void What_was_attached_is_in_use_again_after_an_action(AttachStatus attached, VolumeStatus expected)
    {
        Assert.Equal(expected, VolumeStates.End(VolumeAction.ExtendInUse, Sample(VolumeStatus.Extending), [Attachment(attached)]).Status);
    }

    [Fact]
    public void What_could_not_be_taken_over_is_deleted_apart()
    {
        Assert.Equal(VolumeStatus.ErrorManagingDeleting, VolumeStates.Begin(VolumeAction.Delete, Sample(VolumeStatus.ErrorManaging), [], []).Status);
    }

    [Fact]
    public void Conditions_beside_the_status_refuse_by_name()
    {
        VolumeSnapshot snapshot = Snapshot(SnapshotStatus.Available);
        VolumeSnapshot creating = Snapshot(SnapshotStatus.Creating);
        Volume migrating = Sample(VolumeStatus.Available) with { MigrationStatus = MigrationStatus.Migrating };
        VolumeAttachment attachment = Attachment(AttachStatus.Attached);

        Refused(VolumeAction.Delete, Sample(VolumeStatus.Available), snapshot.Id.ToString(), [snapshot]);
        Refused(VolumeAction.DeleteCascade, Sample(VolumeStatus.Available), "creating", [creating]);
        Refused(VolumeAction.Delete, migrating, "migrating");
        Refused(VolumeAction.Snapshot, migrating, "migrating");
        Refused(VolumeAction.Migrate, Sample(VolumeStatus.Available), snapshot.Id.ToString(), [snapshot]);
        Refused(VolumeAction.ForceDelete, Sample(VolumeStatus.InUse), attachment.Id.ToString(), [], [attachment]);
        Refused(VolumeAction.Snapshot, Sample(VolumeStatus.Available) with { Host = null }, "no pool");
        Refused(VolumeAction.Reimage, Sample(VolumeStatus.Available), "2 attachments", [], [attachment, attachment]);
        VolumeStates.Begin(VolumeAction.DeleteCascade, Sample(VolumeStatus.Available), [snapshot], []);
        VolumeStates.Begin(VolumeAction.ForceDeleteCascade, Sample(VolumeStatus.Deleting), [creating], []);
        VolumeStates.Begin(VolumeAction.Delete, Sample(VolumeStatus.Available) with { MigrationStatus = MigrationStatus.Success }, [], []);
    }

    private static void Refused(VolumeAction action, Volume volume, string found, VolumeSnapshot[]? snapshots = null, VolumeAttachment[]? attachments = null)
    {
        ServiceException refusal = Assert.Throws<ServiceException>(() => VolumeStates.Begin(action, volume, snapshots ?? [], attachments ?? []));
        Assert.Equal(ErrorIds.VolumeConflict, refusal.Id);
        Assert.Contains(found, refusal.Found, StringComparison.Ordinal);
    }

    private static VolumeStatus During(VolumeAction action, VolumeStatus status) =>
        VolumeStates.Of(action).During == VolumeStatus.Deleting && status == VolumeStatus.ErrorManaging ? VolumeStatus.ErrorManagingDeleting : VolumeStates.Of(action).During!.Value;

    private static bool IsAllowed(string words, string word)
    {
        string[] all = words.Split(' ');
        return all[0] == "*" ? !all.Contains("-" + word) : all.Contains(word);
    }

    private static Volume Sample(VolumeStatus status) => new()
    {
        Id = VolumeId.New(),
        Status = status,
        SizeGiB = 1,
        Project = "one",
        User = "olga",
        Host = "node@b1#pool",
        AvailabilityZone = "nova",
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };

    private static VolumeSnapshot Snapshot(SnapshotStatus status) => new()
    {
        Id = SnapshotId.New(),
        Volume = VolumeId.New(),
        Status = status,
        SizeGiB = 1,
        Project = "one",
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };

    private static VolumeAttachment Attachment(AttachStatus status) => new()
    {
        Id = new AttachmentId(Guid.NewGuid()),
        Volume = VolumeId.New(),
        Project = "one",
        Status = status,
        Mode = "rw",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
