namespace OpenStackStorage.Rings.Tests;

/// <summary>The Swift that is installed. Debian's belongs to the system's Python, whatever else is first in PATH.</summary>
internal static class Swift
{
    /// <summary>The CLI as swift-ring-builder-safe starts it; not every distribution installs that with the library.</summary>
    public const string SafeCommand = "import sys; sys.argv[0] = 'swift-ring-builder-safe'; from swift.cli.ringbuilder import main; main()";

    private const string Command = "import sys; sys.argv[0] = 'swift-ring-builder'; from swift.cli.ringbuilder import main; main()";

    /// <summary>A Python that has Swift's library; null where there is none.</summary>
    public static string? Python { get; } = new[] { "/usr/bin/python3", "python3" }
        .FirstOrDefault(python => Tool.Exists(python) && Tool.TryRun(python, "-c", "import swift.cli.ringbuilder").Code == 0);

    public static string Run(params string[] arguments) => Tool.Run(Python!, arguments);

    /// <summary>One command of swift-ring-builder; a warning, exit code 1, passes.</summary>
    public static string Builder(params string[] arguments)
    {
        (int code, string output, string error) = Tool.TryRun(Python!, ["-c", Command, .. arguments]);
        return code < 2 ? output : throw new InvalidOperationException($"swift-ring-builder {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }
}

/// <summary>A test that needs Swift's library for Python; it is skipped, and says so, where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsSwiftFactAttribute : FactAttribute
{
    public const string Missing = "Swift's library for Python is not installed";

    public NeedsSwiftFactAttribute() => Skip = Swift.Python is null ? Missing : null;
}

/// <inheritdoc cref="NeedsSwiftFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsSwiftTheoryAttribute : TheoryAttribute
{
    public NeedsSwiftTheoryAttribute() => Skip = Swift.Python is null ? NeedsSwiftFactAttribute.Missing : null;
}
