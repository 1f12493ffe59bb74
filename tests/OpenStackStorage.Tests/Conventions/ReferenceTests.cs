using System.Xml.Linq;

namespace OpenStackStorage.Tests.Conventions;

public class ReferenceTests
{
    /// <summary>What each project may refer to. Disks and Rings do not know each other, and nobody knows the cmdlets.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["OpenStackStorage.Core"] = [],
        ["OpenStackStorage.Disks"] = ["OpenStackStorage.Core"],
        ["OpenStackStorage.Rings"] = ["OpenStackStorage.Core"],
        ["OpenStackStorage.Services"] = ["OpenStackStorage.Core", "OpenStackStorage.Disks", "OpenStackStorage.Rings"],
        ["OpenStackStorage"] = ["OpenStackStorage.Core", "OpenStackStorage.Disks", "OpenStackStorage.Rings", "OpenStackStorage.Services"],
        ["OpenStackStorage.Help"] = ["OpenStackStorage.Core", "OpenStackStorage"], // a tool above them all: it reads the cmdlets' parameters
    };

    [Fact]
    public void References_go_down_only()
    {
        string[] projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);

        Assert.NotEmpty(projects);
        foreach (string project in projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            Assert.Contains(name, Allowed.Keys);
            Assert.Empty(References(project).Except(Allowed[name]).Select(reference => $"{name} -> {reference}"));
        }
    }

    [Theory]
    [InlineData("OpenStackStorage.Core")]
    [InlineData("OpenStackStorage.Disks")]
    [InlineData("OpenStackStorage.Rings")]
    [InlineData("OpenStackStorage.Services")]
    public void Only_the_cmdlets_know_PowerShell(string name)
    {
        string project = Path.Combine(Repository.Root, "src", name, name + ".csproj");
        if (File.Exists(project))
            Assert.DoesNotContain("PowerShell", File.ReadAllText(project).Replace("OpenStackStorage", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
