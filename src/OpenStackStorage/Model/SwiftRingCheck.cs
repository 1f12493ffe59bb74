namespace OpenStackStorage.Model;

/// <summary>One thing that is wrong, or worth knowing, about a ring.</summary>
public sealed class SwiftRingCheck
{
    /// <summary>Full path of the builder or ring file.</summary>
    public required string Path { get; init; }

    /// <summary>"Error": the ring must not be used. "Warning": it works, not as well as it could. "Information": a state to know.</summary>
    public required string Severity { get; init; }

    /// <summary>What was looked at: "assignments", "balance", "dispersion", "ring file", "devices", "part power".</summary>
    public required string Check { get; init; }

    public required string Message { get; init; }

    public override string ToString() => Message;
}
