namespace OpenStackStorage.Disks;

/// <summary>Knows one format's signature and what makes an image of it unsafe. Has no state.</summary>
internal abstract class FormatInspector
{
    /// <summary>oslo.utils' name of the format; for formats that it lacks, qemu's.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes that the checks need. A shorter file fails the check "incomplete".</summary>
    protected virtual int HeaderLength => 512;

    /// <summary>True when the content carries the signature.</summary>
    public abstract bool Matches(InspectionSource source);

    /// <summary>Bytes of the disk; null when the header states none that a file offset can hold. The content matches.</summary>
    public virtual long? VirtualSize(InspectionSource source) => source.Length;

    /// <summary>True when a sound file of this format may also carry the other's signature.</summary>
    public virtual bool MayCarry(FormatInspector other, InspectionSource source) => false;

    /// <summary>The failed checks of a file that matches.</summary>
    public IEnumerable<SafetyFinding> Inspect(InspectionSource source)
    {
        if (source.Length < HeaderLength)
            yield return Finding("incomplete", $"The file ends at byte {source.Length}, within the header of {HeaderLength} bytes.", source.Length);
        foreach (SafetyFinding finding in Check(source))
            yield return finding;
    }

    /// <summary>At most one finding for each check.</summary>
    protected virtual IEnumerable<SafetyFinding> Check(InspectionSource source) => [];

    protected SafetyFinding Finding(string check, string message, long? offset) => new(Name, check, message, offset);

    /// <summary>A product that stands in a header; null when it is beyond a file offset.</summary>
    protected static long? Bytes(ulong count, uint unit) =>
        unit == 0 || count <= (ulong)long.MaxValue / unit ? (long)(count * unit) : null;
}
