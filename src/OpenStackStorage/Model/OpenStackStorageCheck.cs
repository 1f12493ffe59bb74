using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>One thing that a check of a store found, or that a repair did.</summary>
public sealed class OpenStackStorageCheck
{
    internal OpenStackStorageCheck(string store, StoreFinding finding, string? done = null)
    {
        StorePath = store;
        Severity = finding.Severity.ToString();
        Kind = finding.Kind.ToString();
        ImageId = finding.Image?.Value;
        FilePath = finding.Path;
        Message = finding.Message;
        Found = finding.Found;
        Expected = finding.Expected;
        Repair = finding.Repair;
        Done = done;
    }

    /// <summary>Full path of the store's folder.</summary>
    public string StorePath { get; }

    /// <summary>"Error": the catalogue or an image is not what it says. "Warning": space is held for nothing, or a safety net is missing. "Information": a state to know.</summary>
    public string Severity { get; }

    /// <summary>What it is: "DataMissing", "ImageLost", "RecordDamaged" and so on. Scripts match it.</summary>
    public string Kind { get; }

    /// <summary>The image that it is about; null where it is about none.</summary>
    public Guid? ImageId { get; }

    /// <summary>Full path of the file or folder that it is about.</summary>
    public string FilePath { get; }

    public string Message { get; }

    public string? Found { get; }

    public string? Expected { get; }

    /// <summary>What Repair-OpenStackStorage would do; null where it would do nothing.</summary>
    public string? Repair { get; }

    /// <summary>What Repair-OpenStackStorage did; null in a check.</summary>
    public string? Done { get; }

    public override string ToString() => $"{Severity} {Kind}: {Message}";
}
