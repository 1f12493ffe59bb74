using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A fault of a backend or of data on it.</summary>
public sealed class CinderBackendCheck
{
    private readonly DriverFinding _finding;

    internal CinderBackendCheck(string backend, DriverFinding finding)
    {
        _finding = finding;
        Backend = backend;
    }

    public string Backend { get; }

    /// <summary>The volume that it is about; null for a fault of the backend itself.</summary>
    public Guid? VolumeId => _finding.Volume?.Value;

    /// <summary>What was found: <c>BackendDown</c>, <c>Orphan</c>, <c>LayerMissing</c> and so on. Scripts match it.</summary>
    public string Check => _finding.Code;

    /// <summary>The file or other thing to look at.</summary>
    public string Place => _finding.Place;

    public string Message => _finding.Message;

    /// <summary>Repair-CinderVolume mends it.</summary>
    public bool CanRepair => _finding.CanRepair;

    public override string ToString() => $"{Check}: {Message}";
}
