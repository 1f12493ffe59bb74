namespace OpenStackStorage.Rings.Tests;

/// <summary>A test that needs Swift's own ring code (python3-swift); it is skipped, and says so, where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsSwiftFactAttribute : FactAttribute
{
    internal static readonly Lazy<string?> Missing = new(static () =>
        !File.Exists(SwiftProcess.Python) ? $"{SwiftProcess.Python} is not installed"
        : Tool.TryRun(SwiftProcess.Python, "-c", "import swift.common.ring").Code == 0 ? null
        : "python3-swift is not installed");

    public NeedsSwiftFactAttribute() => Skip = Missing.Value;
}

/// <inheritdoc cref="NeedsSwiftFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsSwiftTheoryAttribute : TheoryAttribute
{
    public NeedsSwiftTheoryAttribute() => Skip = NeedsSwiftFactAttribute.Missing.Value;
}
