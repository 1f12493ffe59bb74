using System.Xml.Linq;

namespace OpenStackStorage.Help.Tests;

/// <summary>What the repository's layout promises.</summary>
public class LayoutTests
{
    private static readonly string Root = HelpProject.FindRoot(AppContext.BaseDirectory);

    /// <summary>References go down only: cmdlets, services, disks and rings, core.</summary>
    [Theory]
    [InlineData("OpenStackStorage.Core")]
    [InlineData("OpenStackStorage.Disks", "OpenStackStorage.Core")]
    [InlineData("OpenStackStorage.Rings", "OpenStackStorage.Core")]
    [InlineData("OpenStackStorage.Services", "OpenStackStorage.Core", "OpenStackStorage.Disks", "OpenStackStorage.Rings")]
    [InlineData("OpenStackStorage", "OpenStackStorage.Core", "OpenStackStorage.Disks", "OpenStackStorage.Rings", "OpenStackStorage.Services")]
    public void A_project_refers_only_to_what_is_below_it(string project, params string[] below)
    {
        string path = Path.Combine(Root, "src", project, project + ".csproj");
        if (!File.Exists(path))
            return; // a layer that is not there yet
        IEnumerable<string?> references = XDocument.Load(path).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string?)reference.Attribute("Include")));
        Assert.Empty(references.Except(below));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Root, "OpenStackStorage.slnx"));
        IEnumerable<string> projects = new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("tests/Benchmarks/", StringComparison.Ordinal));
        Assert.All(projects, project => Assert.Contains(project, solution, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("build.sh")]
    [InlineData(".ci/run")]
    public void A_script_can_be_run_and_has_Unix_line_ends(string script)
    {
        string path = Path.Combine(Root, script);
        Assert.DoesNotContain('\r', File.ReadAllText(path));
        if (!OperatingSystem.IsWindows())
            Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute));
    }
}
