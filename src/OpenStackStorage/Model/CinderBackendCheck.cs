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

    /// <summary>Stable: <c>BackendDown</c>, <c>Orphan</c>, <c>LayerMissing</c> ...</summary>
    public string Code => _finding.Code;

    /// <summary>The file or other thing to look at.</summary>
    public string Place => _finding.Place;

    public string Message => _finding.Message;

    /// <summary>Repair-CinderVolume mends it.</summary>
    public bool CanRepair => _finding.CanRepair;

    public override string ToString() => $"{Code}: {Message}";
}
