using System.Reflection;

namespace OpenStackStorage;

/// <summary>Every error id there is. <c>docs/errors.md</c> is generated from this table.</summary>
public static partial class ErrorIds
{
    public static readonly ErrorId ImageCorrupt = new(
        nameof(ImageCorrupt), StorageErrorCategory.InvalidData,
        "A structure in the image breaks its format's rules.",
        "Run Get-DiskImageCheck on the file; restore it from a good copy if it was damaged.");

    public static readonly ErrorId ImageFormatMismatch = new(
        nameof(ImageFormatMismatch), StorageErrorCategory.InvalidData,
        "The content is not of the format that was named, or it matches several formats at once.",
        "Give the true format with -SourceFormat, or find out where the file comes from.");

    public static readonly ErrorId ImageFeatureNotSupported = new(
        nameof(ImageFeatureNotSupported), StorageErrorCategory.NotImplemented,
        "The image is valid but uses a feature that is not supported.",
        "Convert the image with the tool that made it to a form without the named feature.");

    public static readonly ErrorId BackingFileNotAllowed = new(
        nameof(BackingFileNotAllowed), StorageErrorCategory.SecurityError,
        "The image names another file, and the rules in force do not let it be opened.",
        "Put the file beside the image, or add -AllowBackingFile if you trust the image.");

    public static readonly ErrorId BackingFileNotFound = new(
        nameof(BackingFileNotFound), StorageErrorCategory.ObjectNotFound,
        "The image names another file that does not exist.",
        "Bring the missing file back beside the image.");

    public static readonly ErrorId BackingFileMismatch = new(
        nameof(BackingFileMismatch), StorageErrorCategory.InvalidData,
        "The file that the image names as its parent is not the one that it was made from.",
        "Bring the right parent back. Reading the image over another one would give wrong data.");

    public static readonly ErrorId BackingChainInvalid = new(
        nameof(BackingChainInvalid), StorageErrorCategory.InvalidData,
        "The chain of backing files loops or is too deep.",
        "Correct the backing file names with the tool that made the chain.");

    public static readonly ErrorId PathNotFound = new(
        nameof(PathNotFound), StorageErrorCategory.ObjectNotFound,
        "No file is at the path.",
        "Check the path and its spelling; relative paths start at the current location.");

    public static readonly ErrorId PathNotFileSystem = new(
        nameof(PathNotFileSystem), StorageErrorCategory.InvalidArgument,
        "The path belongs to a provider other than the file system.",
        "Give a path on a file system drive.");

    public static readonly ErrorId PathNotSupported = new(
        nameof(PathNotSupported), StorageErrorCategory.InvalidArgument,
        "The path is a directory, pipe, socket or character device.",
        "Give a regular file or a block device.");

    public static readonly ErrorId ImageHasOverlays = new(
        nameof(ImageHasOverlays), StorageErrorCategory.ResourceBusy,
        "Other images read through the file, and the change would make them show wrong data.",
        "Merge or rebase the named images first, or add -Force if they are not needed any more.");

    public static readonly ErrorId PartitionWouldBeCut = new(
        nameof(PartitionWouldBeCut), StorageErrorCategory.LimitsExceeded,
        "The disk would end before its partitions do.",
        "Shrink the partition and its file system inside the guest first, or choose a larger size.");

    public static readonly ErrorId ParameterInvalid = new(
        nameof(ParameterInvalid), StorageErrorCategory.InvalidArgument,
        "A parameter's value is outside what the operation takes, or contradicts another one.",
        "Give a value in the range that the message names.");

    public static readonly ErrorId SizeInvalid = new(
        nameof(SizeInvalid), StorageErrorCategory.InvalidArgument,
        "A size can't be read or is out of range.",
        "Give bytes, or a number with a unit such as 10GB, \"10GiB\" or \"10G\".");

    public static readonly ErrorId DestinationExists = new(
        nameof(DestinationExists), StorageErrorCategory.ResourceExists,
        "The destination exists already.",
        "Choose another destination, or add -Force to replace it.");

    public static readonly ErrorId DestinationIsSource = new(
        nameof(DestinationIsSource), StorageErrorCategory.InvalidArgument,
        "The destination is the source, or a file that the source reads from.",
        "Choose another destination.");

    public static readonly ErrorId DestinationTooSmall = new(
        nameof(DestinationTooSmall), StorageErrorCategory.LimitsExceeded,
        "The destination device is smaller than what must be written to it.",
        "Choose a device of at least the needed size.");

    public static readonly ErrorId ImageInUse = new(
        nameof(ImageInUse), StorageErrorCategory.ResourceBusy,
        "The file or device is mounted or held open by another program.",
        "Unmount it or end the program that uses it.");

    public static readonly ErrorId AccessDenied = new(
        nameof(AccessDenied), StorageErrorCategory.PermissionDenied,
        "The operating system refuses access.",
        "Check the permissions of the file and its folder.");

    public static readonly ErrorId ReadFailed = new(
        nameof(ReadFailed), StorageErrorCategory.ReadError,
        "Reading failed.",
        "Check the medium and the operating system's log.");

    public static readonly ErrorId WriteFailed = new(
        nameof(WriteFailed), StorageErrorCategory.WriteError,
        "Writing failed.",
        "Check the medium and the operating system's log.");

    public static readonly ErrorId InsufficientSpace = new(
        nameof(InsufficientSpace), StorageErrorCategory.LimitsExceeded,
        "The disk or quota is full.",
        "Free some space or choose another destination. No file is left behind; a device is left partly written.");

    public static readonly ErrorId VerificationFailed = new(
        nameof(VerificationFailed), StorageErrorCategory.InvalidData,
        "What was read back differs from what was written.",
        "Try again to another disk; the medium or its cable may be faulty. No file is left behind; a device is left as it was written.");

    public static readonly ErrorId RingDeviceIdTooLarge = new(
        nameof(RingDeviceIdTooLarge), StorageErrorCategory.LimitsExceeded,
        "A ring has a device id that does not fit in the width asked for.",
        "Use 4-byte device ids, which need ring format version 2.");

    public static readonly ErrorId RingParameterInvalid = new(
        nameof(RingParameterInvalid), StorageErrorCategory.InvalidArgument,
        "A ring was asked for with a number that it can not have.",
        "Give a number in the range that the message names.");

    public static readonly ErrorId RingTooLarge = new(
        nameof(RingTooLarge), StorageErrorCategory.LimitsExceeded,
        "The ring has more partitions than this machine can hold.",
        "Choose a smaller part power, or use a machine with more memory.");

    public static readonly ErrorId RingDeviceNotFound = new(
        nameof(RingDeviceNotFound), StorageErrorCategory.ObjectNotFound,
        "The ring has no such device.",
        "List the devices with Get-SwiftRingDevice.");

    public static readonly ErrorId RingDeviceDuplicate = new(
        nameof(RingDeviceDuplicate), StorageErrorCategory.ResourceExists,
        "Another device of the ring has the same id, or the same address, port and name.",
        "Remove or change the other device, or correct the new one.");

    public static readonly ErrorId RingDeviceRemoved = new(
        nameof(RingDeviceRemoved), StorageErrorCategory.InvalidOperation,
        "The device waits for its removal by the next rebalance and can not be changed.",
        "Rebalance the ring, then add the device again.");

    public static readonly ErrorId RingSearchInvalid = new(
        nameof(RingSearchInvalid), StorageErrorCategory.InvalidArgument,
        "A search for devices, or the text of a device, can not be read.",
        "Write d1r1z1-10.0.0.1:6200R10.0.0.1:6200/sda_meta, or parts of it in this order.");

    public static readonly ErrorId RingEmpty = new(
        nameof(RingEmpty), StorageErrorCategory.InvalidOperation,
        "The ring has no device with weight.",
        "Add devices, or give one of them a weight.");

    public static readonly ErrorId RingDevicesTooFew = new(
        nameof(RingDevicesTooFew), StorageErrorCategory.InvalidOperation,
        "The ring has fewer devices with weight than replicas.",
        "Add devices or lower the number of replicas.");

    public static readonly ErrorId RingUnsolvable = new(
        nameof(RingUnsolvable), StorageErrorCategory.InvalidOperation,
        "No assignment fulfils the rules of the ring.",
        "Add devices to the regions and zones that have few, or lower the number of replicas.");

    public static readonly ErrorId RingNotRebalanced = new(
        nameof(RingNotRebalanced), StorageErrorCategory.InvalidOperation,
        "The builder has no assignments yet, or has changes that no rebalance took up.",
        "Run Invoke-SwiftRebalance first.");

    public static readonly ErrorId RingInconsistent = new(
        nameof(RingInconsistent), StorageErrorCategory.InvalidData,
        "The assignments of the ring contradict its devices.",
        "Restore the builder from its backups.");

    public static readonly ErrorId RingPartPowerState = new(
        nameof(RingPartPowerState), StorageErrorCategory.InvalidOperation,
        "The step does not fit the state of the part power increase.",
        "Take the steps in order: prepare, increase or cancel, finish.");

    public static readonly ErrorId RingCompositeInvalid = new(
        nameof(RingCompositeInvalid), StorageErrorCategory.InvalidOperation,
        "The builders can not make up one composite ring.",
        "Use builders of equal part power and whole replicas that share no region and no device.");

    public static readonly ErrorId RingScenarioInvalid = new(
        nameof(RingScenarioInvalid), StorageErrorCategory.InvalidData,
        "A scenario of ring changes can not be read.",
        "Correct the round and command that the message names.");

    public static readonly ErrorId RingFileCorrupt = new(
        nameof(RingFileCorrupt), StorageErrorCategory.InvalidData,
        "A ring or builder file is damaged, cut off or not what its name says.",
        "Take the newest good copy from the folder 'backups' beside the builder file, or write the ring again from its builder.");

    public static readonly ErrorId RingFileNotSupported = new(
        nameof(RingFileNotSupported), StorageErrorCategory.NotImplemented,
        "A ring or builder file is sound, but of a kind that can't be read or written here.",
        "Write it again with swift-ring-builder in a format that the message names.");

    public static readonly ErrorId RingFileUnsafe = new(
        nameof(RingFileUnsafe), StorageErrorCategory.SecurityError,
        "A builder file asks for code to be run, which no builder file needs.",
        "Do not load this file with any Python tool. Find out where it comes from; restore the builder from a backup.");

    public static readonly ErrorId RingLocked = new(
        nameof(RingLocked), StorageErrorCategory.ResourceBusy,
        "Another program is changing rings in this folder.",
        "Wait until it has ended, then try again. The lock is the file '.lock' in the folder; it need not be deleted.");

    /// <summary>All ids, in the order of their names.</summary>
    public static IReadOnlyList<ErrorId> All => Table.All;

    // A class of its own: the fields of all files must have their values first, and nothing says whose come last.
    private static class Table
    {
        public static readonly IReadOnlyList<ErrorId> All =
            [.. typeof(ErrorIds).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Where(field => field.FieldType == typeof(ErrorId))
                .Select(field => (ErrorId)field.GetValue(null)!)
                .OrderBy(id => id.Name, StringComparer.Ordinal)];
    }
}
