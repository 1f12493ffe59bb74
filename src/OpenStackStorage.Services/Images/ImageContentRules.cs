using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What data was found to be.</summary>
/// <param name="Content">The format's name, as inspection has it; "raw" for what no format is known by.</param>
/// <param name="VirtualSize">Bytes of the guest's disk; null where the data is no disk or can't be looked into.</param>
/// <param name="NotChecked">What the rules could not look at; null when they saw all.</param>
public sealed record ImageContentFacts(string Content, long? VirtualSize, string? NotChecked);

/// <summary>
/// Holds an image's content against what it is declared to be: the rule of Glance's <c>location.py</c>, <c>set_data</c>,
/// for every container format where Glance looks into <c>bare</c> alone. Reads headers and opens nothing else.
/// <list type="bullet">
/// <item><c>bare</c>, <c>ami</c>, <c>ari</c>, <c>aki</c>: the data itself.</item>
/// <item><c>ova</c>: every file in the archive.</item>
/// <item><c>ovf</c>, <c>docker</c>, <c>compressed</c>: the envelope; what it packs is not unpacked, and the result says so.</item>
/// </list>
/// </summary>
public static class ImageContentRules
{
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageFormatMismatch"/>, <see cref="ErrorIds.ImageUnsafe"/>.</exception>
    public static ImageContentFacts Check(BlockDevice data, ImageDiskFormat disk, ImageContainerFormat container) => container switch
    {
        ImageContainerFormat.Ova => CheckArchive(data, disk),
        ImageContainerFormat.Ovf or ImageContainerFormat.Docker or ImageContainerFormat.Compressed => CheckEnvelope(data, disk, container),
        _ => CheckDisk(data, disk),
    };

    /// <summary>The one format of a disk that somebody wants to convert, as safe as one that is stored.</summary>
    /// <exception cref="ServiceException">As for <see cref="Check"/>.</exception>
    public static InspectionResult RequireSafe(BlockDevice data)
    {
        InspectionResult found = Inspect(data);
        RequireSafe(data, found);
        return found;
    }

    private static ImageContentFacts CheckDisk(BlockDevice data, ImageDiskFormat declared)
    {
        InspectionResult found = Inspect(data);
        if (found.Format != NameOf(declared) && IsOpaque(declared) && found.Format is "raw" or "gpt")
            return new ImageContentFacts(found.Format, null, null); // a kernel's boot sector looks like a partition table
        long? virtualSize = found.Format == NameOf(declared) ? found.VirtualSize
            : declared == ImageDiskFormat.Raw ? data.Length
            : throw Mismatch(data, declared, found.Format);
        RequireSafe(data, found);
        return new ImageContentFacts(found.Format, virtualSize, null);
    }

    private static ImageContentFacts CheckEnvelope(BlockDevice data, ImageDiskFormat declared, ImageContainerFormat container)
    {
        InspectionResult found = Inspect(data);
        if (found.Format == "raw")
            return new ImageContentFacts("raw", null, $"the disk inside the {container.ToString().ToLowerInvariant()} container");
        if (found.Format != NameOf(declared) && declared != ImageDiskFormat.Raw)
            throw Mismatch(data, declared, found.Format);
        RequireSafe(data, found);
        return new ImageContentFacts(found.Format, found.Format == NameOf(declared) ? found.VirtualSize : null, null);
    }

    /// <summary>Every disk in the archive must be as declared, and one there must be. Texts and certificates are no disks.</summary>
    private static ImageContentFacts CheckArchive(BlockDevice data, ImageDiskFormat declared)
    {
        if (Inspect(data).Format is not "raw" and string other)
            throw Mismatch(data, declared, other, "an archive of the ova container");
        List<ImageContentFacts> disks = [];
        foreach (BlockDevice file in OvaArchive.Files(data))
        {
            InspectionResult found = Inspect(file);
            if (found.Format != "raw")
                disks.Add(CheckDisk(file, declared));
        }

        if (disks.Count == 0 && !IsOpaque(declared) && declared != ImageDiskFormat.Raw)
            throw Mismatch(data, declared, "an archive without a disk");
        return new ImageContentFacts("ova", disks.Count == 1 ? disks[0].VirtualSize : null, null);
    }

    private static InspectionResult Inspect(BlockDevice data)
    {
        InspectionResult found = ImageInspector.Inspect(data);
        if (!found.IsAmbiguous)
            return found;
        string all = string.Join(", ", found.Formats);
        throw new ServiceException(ErrorIds.ImageFormatMismatch, $"The data carries the signatures of several formats: {all}. Two programs may see two disks in it.")
        {
            Target = data.Path,
            Found = all,
            Expected = "one format",
        };
    }

    /// <summary>
    /// The checks of the format that the data has. A partition table in an ISO or in a fixed VHD is not held against
    /// them, as Glance asks the ISO's inspector alone.
    /// </summary>
    private static void RequireSafe(BlockDevice data, InspectionResult found)
    {
        SafetyFinding[] findings = [.. found.Findings.Where(finding => finding.Format == found.Format)];
        if (findings.Length == 0)
            return;
        IEnumerable<string> reasons = findings.Select(finding => finding.Message.TrimEnd('.')
            + $" (check {finding.Format} {finding.Check}{(finding.Offset is { } offset ? $", byte {offset}" : "")})");
        throw new ServiceException(ErrorIds.ImageUnsafe, $"The data fails the safety checks of its format: {string.Join("; ", reasons)}.")
        {
            Target = data.Path,
            Found = string.Join(", ", findings.Select(finding => $"{finding.Format} {finding.Check}")),
            Expected = "a file that refers to nothing else",
        };
    }

    private static ServiceException Mismatch(BlockDevice data, ImageDiskFormat declared, string found, string? expected = null) =>
        new(ErrorIds.ImageFormatMismatch, $"The disk format {NameOf(declared)} does not match the data, which is {found}.")
        {
            Target = data.Path,
            Found = found,
            Expected = expected ?? NameOf(declared),
            Remedy = "Declare the format that the data has, or convert it with -ConvertTo.",
        };

    /// <summary>Formats that no inspector knows: oslo.utils' <c>ALL_FORMATS</c> lacks them.</summary>
    private static bool IsOpaque(ImageDiskFormat format) =>
        format is ImageDiskFormat.Ami or ImageDiskFormat.Ari or ImageDiskFormat.Aki or ImageDiskFormat.Ploop;

    /// <summary>The name that inspection has for it. A ploop image has the header of a Parallels one.</summary>
    private static string NameOf(ImageDiskFormat format) =>
        format == ImageDiskFormat.Ploop ? "parallels" : format.ToString().ToLowerInvariant();
}
