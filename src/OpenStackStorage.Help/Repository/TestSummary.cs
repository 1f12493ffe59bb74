using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OpenStackStorage.Help;

/// <summary>A test that did not run, and why.</summary>
public sealed record SkippedTest(string Name, string Reason);

/// <summary>The sum over all suites: results of <c>dotnet test</c> (*.trx) and of Pester (pester.json).</summary>
public sealed partial class TestSummary
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    private readonly List<SkippedTest> _skipped = [];
    private readonly List<string> _failed = [];
    private readonly List<string> _notes = [];

    public int Passed { get; private set; }

    public IReadOnlyList<string> Failed => _failed;

    public IReadOnlyList<SkippedTest> Skipped => _skipped;

    /// <summary>Nothing failed, and at least one test ran.</summary>
    public bool Succeeded => _failed.Count == 0 && Passed > 0;

    /// <summary>Adds up the results in a folder.</summary>
    /// <param name="options"><c>--failed REASON</c>: a runner failed; counts once when no test did.
    /// <c>--no-pester REASON</c>: the Pester suite did not run; its tests count as skipped.</param>
    public static TestSummary Read(string folder, string pesterFolder, IReadOnlyList<string> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TestSummary summary = new();
        if (Directory.Exists(folder))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.trx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                summary.AddTrx(path);
            string pester = Path.Combine(folder, "pester.json");
            if (File.Exists(pester))
                summary.AddPester(pester);
        }

        for (int i = 0; i + 1 < options.Count; i += 2)
        {
            if (options[i] == "--no-pester")
                summary.SkipPester(pesterFolder, options[i + 1]);
            else if (options[i] == "--failed" && summary._failed.Count == 0)
                summary._failed.Add(options[i + 1]);
        }

        if (summary.Passed == 0 && summary._failed.Count == 0)
            summary._failed.Add("No test ran.");
        return summary;
    }

    /// <summary>Names what failed and what was skipped and why; the last line is the sum.</summary>
    public void Write(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (string name in _failed)
            output.WriteLine($"failed: {name}");
        foreach (IGrouping<string, SkippedTest> group in _skipped.GroupBy(test => test.Reason))
        {
            output.WriteLine($"skipped, {group.Key}:");
            foreach (SkippedTest test in group)
                output.WriteLine($"  {test.Name}");
        }

        foreach (string note in _notes)
            output.WriteLine(note);
        output.WriteLine(FormattableString.Invariant($"{Passed} passed, {_failed.Count} failed, {_skipped.Count} skipped"));
    }

    private void AddTrx(string path)
    {
        foreach (XElement result in XDocument.Load(path).Descendants(Trx + "UnitTestResult"))
        {
            string name = (string?)result.Attribute("testName") ?? "?";
            switch ((string?)result.Attribute("outcome"))
            {
                case "Passed":
                    Passed++;
                    break;
                case "NotExecuted":
                    _skipped.Add(new SkippedTest(name, FirstLine(result.Element(Trx + "Output")?.Value)));
                    break;
                default:
                    _failed.Add(name);
                    break;
            }
        }
    }

    private void AddPester(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        Passed += json.RootElement.GetProperty("passed").GetInt32();
        foreach (JsonElement test in json.RootElement.GetProperty("failed").EnumerateArray())
            _failed.Add(test.GetString()!);
        foreach (JsonElement test in json.RootElement.GetProperty("skipped").EnumerateArray())
            _skipped.Add(new SkippedTest(test.GetProperty("name").GetString()!, FirstLine(test.GetProperty("reason").GetString())));
    }

    /// <summary>Counts the tests that Pester would have run by the lines that begin with <c>It</c>.</summary>
    private void SkipPester(string folder, string reason)
    {
        int count = 0;
        if (Directory.Exists(folder))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.Tests.ps1", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                foreach (Match test in PesterTest().Matches(File.ReadAllText(path)))
                {
                    _skipped.Add(new SkippedTest($"{Path.GetFileName(path)}: {test.Groups["name"].Value}", reason));
                    count++;
                }
            }
        }

        _notes.Add(FormattableString.Invariant(
            $"The Pester suite was skipped: {reason}. Its {count} tests are counted from the text; one with several cases counts once."));
    }

    private static string FirstLine(string? text)
    {
        string line = (text ?? "").Trim().Split('\n')[0].Trim();
        return line.Length > 0 ? line : "no reason given";
    }

    [GeneratedRegex("(?m)^\\s*It\\s+['\"](?<name>[^'\"\\r\\n]*)['\"]")]
    private static partial Regex PesterTest();
}
