using System.Diagnostics;

namespace OpenStackStorage.TestTools;

/// <summary>Runs other programs that results are compared with. A test that needs a missing one is skipped in words.</summary>
internal static class Tool
{
    public static bool Exists(string name) => FindPath(name) is not null;

    public static string? FindPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end; its standard output. Throws when it fails.</summary>
    public static string Run(string name, params string[] arguments)
    {
        (int code, string output, string error) = TryRun(name, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{name} {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    public static (int Code, string Output, string Error) TryRun(string name, params string[] arguments)
    {
        ProcessStartInfo start = new(FindPath(name) ?? name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

/// <summary>A test that needs other programs; it is skipped, and says so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsToolFactAttribute : FactAttribute
{
    public NeedsToolFactAttribute(params string[] tools) => Skip = Missing(tools);

    internal static string? Missing(string[] tools) =>
        tools.FirstOrDefault(tool => !Tool.Exists(tool)) is { } missing ? $"{missing} is not installed" : null;
}

/// <inheritdoc cref="NeedsToolFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsToolTheoryAttribute : TheoryAttribute
{
    public NeedsToolTheoryAttribute(params string[] tools) => Skip = NeedsToolFactAttribute.Missing(tools);
}

/// <summary>A folder of a test's own that goes with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("openstackstorage-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
