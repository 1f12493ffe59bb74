using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes the output object of every cmdlet that shows an image.</summary>
internal static class DiskImageInfoReader
{
    /// <param name="format">The format that the user named or that was just written; null to go by the content.</param>
    public static DiskImageInfo Read(string path, DiskImageFormat? format = null)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        return Read(device, path, format);
    }

    public static DiskImageInfo Read(BlockDevice device, string path, DiskImageFormat? format = null) =>
        Read(device, path, format, ImageInspector.Inspect(device));

    /// <param name="inspection">What the inspector said of the device.</param>
    public static DiskImageInfo Read(BlockDevice device, string path, DiskImageFormat? format, InspectionResult inspection)
    {
        DiskImageSafetyFinding[] findings = [.. inspection.Findings.Select(ToModel), .. Ambiguity(inspection)];
        ImageFormat? known = format is { } named ? ImageFormats.Get(named) : ImageFormats.Find(inspection.ImageFormat);
        if (known is null)
        {
            return new DiskImageInfo
            {
                Path = path,
                Format = inspection.ImageFormat,
                VirtualSize = inspection.VirtualSize,
                AllocatedSize = device.AllocatedLength,
                SafetyFindings = findings,
            };
        }

        ImageDescription description = known.Describe(device);
        return new DiskImageInfo
        {
            Path = path,
            Format = known.Name,
            SubFormat = description.SubFormat,
            VirtualSize = description.VirtualSize,
            AllocatedSize = device.AllocatedLength,
            ClusterSize = description.ClusterSize,
            BackingFile = description.BackingFile,
            Encrypted = description.Encryption is not null,
            Compressed = description.Compressed,
            Dirty = description.Dirty,
            Snapshots = [.. description.Snapshots.Select(snapshot => ToModel(path, snapshot))],
            Bitmaps = [.. description.Bitmaps],
            SafetyFindings = findings,
            FormatDetails = description.Details,
        };
    }

    private static IEnumerable<DiskImageSafetyFinding> Ambiguity(InspectionResult inspection)
    {
        if (inspection.IsAmbiguous)
        {
            yield return new DiskImageSafetyFinding
            {
                Format = inspection.Format,
                Check = "ambiguous",
                Message = $"The content carries the signatures of several formats: {string.Join(", ", inspection.Formats)}.",
            };
        }
    }

    private static DiskImageSafetyFinding ToModel(SafetyFinding finding) =>
        new() { Format = finding.Format, Check = finding.Check, Message = finding.Message, Offset = finding.Offset };

    public static DiskImageSnapshot ToModel(string path, ImageSnapshot snapshot) => new()
    {
        Path = path,
        Id = snapshot.Id,
        Name = snapshot.Name,
        CreatedAt = snapshot.CreatedAt,
        VirtualSize = snapshot.VirtualSize,
        VmStateSize = snapshot.VmStateSize,
    };
}
