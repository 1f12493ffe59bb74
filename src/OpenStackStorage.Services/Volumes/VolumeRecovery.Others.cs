namespace OpenStackStorage.Services;

/// <content>What is done to a volume as a whole: images, backends, takeovers.</content>
public static partial class VolumeRecovery
{
    // The volume stays what it was: it was connected, cloned from, or to be repaired.
    private static void RecoverUse(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (_, volume, _) => volume);

    // Nobody has seen the entry yet.
    private static void RecoverCache(VolumeServiceParts parts, CatalogOperation operation)
    {
        VolumeId id = VolumeOperations.DetailOf(operation).Volumes[0];
        VolumeTruth.AskOne(parts, id);
        Write(parts, operation, writer => VolumeRemoval.End(writer, id));
    }

    // The data is that of two images.
    private static void RecoverReimage(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, _) =>
        VolumeStates.Fail(VolumeAction.Reimage, volume, VolumeService.AttachmentsOf(writer, volume.Id), Interrupted));

    // It reads the same before and after.
    private static void RecoverFlatten(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, _) =>
        VolumeStates.Fail(VolumeAction.Flatten, volume, VolumeService.AttachmentsOf(writer, volume.Id), Interrupted));

    // As in Cinder the image stays, queued by its own recovery.
    private static void RecoverUpload(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, _) =>
        VolumeStates.Fail(VolumeAction.Upload, volume, VolumeService.AttachmentsOf(writer, volume.Id), Interrupted));

    private static void RecoverManage(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (_, volume, truth) =>
        truth is { Exists: true }
            ? VolumeStates.End(VolumeAction.Manage, volume, []) with { SizeGiB = truth.SizeGiB }
            : VolumeStates.Fail(VolumeAction.Manage, volume, [], Interrupted));

    private static void RecoverUnmanage(VolumeServiceParts parts, CatalogOperation operation)
    {
        VolumeId id = VolumeOperations.DetailOf(operation).Volumes[0];
        DriverTruth? truth = VolumeTruth.AskOne(parts, id);
        Write(parts, operation, writer =>
        {
            if (truth is not { Exists: true })
                VolumeRemoval.End(writer, id);
            else if (writer.Find(VolumeTables.Volumes, id.ToString()) is { } volume)
                writer.Put(VolumeTables.Volumes, VolumeStates.End(VolumeAction.Unmanage, volume, []) with { DriverState = truth.State, LastError = Interrupted, UpdatedAt = parts.Clock.Now() });
        });
    }

    // It is in the one pool or the other, and whole in both.
    private static void RecoverMove(VolumeServiceParts parts, CatalogOperation operation, VolumeAction action)
    {
        VolumeOperationDetail detail = VolumeOperations.DetailOf(operation);
        (bool IsThere, string? Remark) found = detail.Move is { } move ? new VolumeMover(parts, detail.Volumes[0], move).Recover() : (false, null);
        Write(parts, operation, writer =>
        {
            if (writer.Find(VolumeTables.Volumes, operation.Subject) is not { } volume)
                return;
            IReadOnlyList<VolumeAttachment> attachments = VolumeService.AttachmentsOf(writer, volume.Id);
            Volume next = found.IsThere
                ? VolumeMover.End(writer, VolumeStates.End(action, volume, attachments), detail.Move!) with { LastError = found.Remark }
                : VolumeMover.Fail(VolumeStates.Fail(action, volume, attachments, Interrupted), detail.Move);
            writer.Put(VolumeTables.Volumes, next with { UpdatedAt = parts.Clock.Now() });
        });
    }
}
