namespace OpenStackStorage.Disks;

/// <summary>A safety check that an image fails.</summary>
/// <param name="Format">The format whose check it is, as in <see cref="InspectionResult.Formats"/>.</param>
/// <param name="Check">The check's name. Those of oslo.utils keep its names; <c>docs/formats/inspection.md</c> lists all.</param>
/// <param name="Message">What was found, for people.</param>
/// <param name="Offset">Byte of the file at which the field concerned starts; null where there is no such field.</param>
public sealed record SafetyFinding(string Format, string Check, string Message, long? Offset);

/// <summary>What the content of a file says about itself.</summary>
/// <param name="Formats">Every format whose signature is there, by oslo.utils' names; empty for a raw file.</param>
/// <param name="Findings">Every check that failed, of every format that matches.</param>
/// <param name="VirtualSize">Bytes of the disk that a guest would see; null when it can't be read or the file is ambiguous.</param>
public sealed record InspectionResult(IReadOnlyList<string> Formats, IReadOnlyList<SafetyFinding> Findings, long? VirtualSize)
{
    /// <summary>
    /// True when the file is of several formats at once, so that two programs may read two disks from it.
    /// A bootable ISO and a partitioned fixed VHD also carry a partition table: they are not ambiguous.
    /// </summary>
    public required bool IsAmbiguous { get; init; }

    /// <summary>The one format; "raw" when there is none; all names joined by "+" when ambiguous, which is no format's name.</summary>
    public required string Format { get; init; }

    /// <summary>The disk image format by which the content is read: an ISO or a partitioned disk is a raw image.</summary>
    public string ImageFormat => Format is "iso" or "gpt" ? "raw" : Format;
}
