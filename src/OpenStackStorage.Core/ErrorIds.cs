using System.Reflection;

namespace OpenStackStorage;

/// <summary>Every error id there is. <c>docs/errors.md</c> is generated from this table.</summary>
public static class ErrorIds
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

    /// <summary>All ids, in the order of their names.</summary>
    public static IReadOnlyList<ErrorId> All { get; } =
        [.. typeof(ErrorIds).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.FieldType == typeof(ErrorId))
            .Select(field => (ErrorId)field.GetValue(null)!)
            .OrderBy(id => id.Name, StringComparer.Ordinal)];
}
