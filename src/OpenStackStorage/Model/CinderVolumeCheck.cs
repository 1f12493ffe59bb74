using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>One fault of a volume that was found or mended.</summary>
public sealed class CinderVolumeCheck
{
    internal CinderVolumeCheck(CinderVolume volume, VolumeFinding finding, bool isRepaired = false)
    {
        VolumeId = volume.VolumeId;
        VolumeName = volume.Name;
        Check = finding.Code;
        Place = finding.Place;
        Message = finding.Message;
        CanRepair = finding.CanRepair;
        Repaired = isRepaired;
    }

    public Guid VolumeId { get; }

    /// <summary>Null where the volume has none.</summary>
    public string? VolumeName { get; }

    /// <summary>What was found: <c>StatusStuck</c>, <c>LayerMissing</c>, <c>SizeDiffers</c> and so on. Scripts match it.</summary>
    public string Check { get; }

    /// <summary>The file or other thing that it is about.</summary>
    public string Place { get; }

    public string Message { get; }

    /// <summary>True where Repair-CinderVolume mends it.</summary>
    public bool CanRepair { get; }

    /// <summary>True where Repair-CinderVolume has mended it.</summary>
    public bool Repaired { get; }

    public override string ToString() => $"{Check}: {Message}";
}
