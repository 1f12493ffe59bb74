using System.IO.Compression;
using System.Xml.Linq;

namespace OpenStackStorage.Help.Tests;

public class RepositoryTests
{
    private const string Manifest = """
        @{
            RootModule        = 'bin/OpenStackStorage.dll'
            ModuleVersion     = '1.2.3'
            Author            = 'The authors'
            Description       = "OpenStack's storage & more."
            # CmdletsToExport = @('Get-Nothing')
            CmdletsToExport   = @(
                'Convert-SampleImage', 'Get-SampleStore'
            )
            FormatsToProcess  = @('bin/X.Format.ps1xml')
            FileList          = @('old')
            PrivateData = @{ PSData = @{
                Prerelease = 'beta1'
                Tags = @('Linux', 'disk')
            } }
        }
        """;

    [Fact]
    public void A_manifest_is_read_without_PowerShell()
    {
        ModuleManifest manifest = new(Manifest);
        Assert.Equal("1.2.3", manifest.Value("ModuleVersion"));
        Assert.Equal("OpenStack's storage & more.", manifest.Value("Description"));
        Assert.Equal(["Convert-SampleImage", "Get-SampleStore"], manifest["CmdletsToExport"]);
        Assert.Equal("beta1", manifest.Value("Prerelease"));
        Assert.Equal("", manifest.Value("ProjectUri"));
    }

    [Fact]
    public void A_package_holds_what_its_file_list_says_and_no_stub()
    {
        using TemporaryFolder folder = Clone();
        ModulePackage package = ModulePackage.Create(folder.Path, folder.Path + "/artifacts");
        AssertSound(package);
        Assert.EndsWith("OpenStackStorage.1.2.3-beta1.nupkg", package.NupkgPath, StringComparison.Ordinal);
        Assert.Contains("bin/dependencies/Third.dll", Files(package.Folder));
        Assert.DoesNotContain("bin/OpenStackStorage.pdb", Files(package.Folder));
    }

    [Fact]
    public void The_nuspec_names_every_cmdlet()
    {
        using TemporaryFolder folder = Clone();
        ModulePackage package = ModulePackage.Create(folder.Path, folder.Path + "/artifacts");
        using ZipArchive zip = ZipFile.OpenRead(package.NupkgPath);
        using Stream entry = zip.GetEntry("OpenStackStorage.nuspec")!.Open();
        XNamespace ns = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
        XElement metadata = XDocument.Load(entry).Root!.Element(ns + "metadata")!;
        Assert.Equal("1.2.3-beta1", metadata.Element(ns + "version")!.Value);
        Assert.Equal("OpenStack's storage & more.", metadata.Element(ns + "description")!.Value);
        Assert.Equal(
            "PSModule Linux disk PSIncludes_Cmdlet PSCmdlet_Convert-SampleImage PSCommand_Convert-SampleImage PSCmdlet_Get-SampleStore PSCommand_Get-SampleStore",
            metadata.Element(ns + "tags")!.Value);
    }

    [Fact]
    public void A_stub_or_a_missing_file_stops_the_package()
    {
        using TemporaryFolder folder = Clone();
        File.Delete(folder.Path + "/LICENSE");
        Assert.Contains("LICENSE", Assert.Throws<InvalidOperationException>(() => ModulePackage.Create(folder.Path, folder.Path + "/artifacts")).Message, StringComparison.Ordinal);
        folder.Add("bin/System.Management.Automation.dll", "x");
        Assert.Contains("stub", Assert.Throws<InvalidOperationException>(() => ModulePackage.Create(folder.Path, folder.Path + "/artifacts")).Message, StringComparison.Ordinal);
    }

    [NeedsModuleFact]
    public void The_module_of_this_clone_packs_soundly()
    {
        using TemporaryFolder folder = new();
        ModulePackage package = ModulePackage.Create(HelpProject.FindRoot(AppContext.BaseDirectory), folder.Path);
        AssertSound(package);
        Assert.Contains("en-US/OpenStackStorage.dll-Help.xml", Files(package.Folder));
    }

    [NeedsModuleFact]
    public void The_manifest_has_the_version_of_the_assemblies()
    {
        string root = HelpProject.FindRoot(AppContext.BaseDirectory);
        string version = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal(version, ModuleManifest.Read(Path.Combine(root, "OpenStackStorage.psd1")).Value("ModuleVersion"));
    }

    [Fact]
    public void The_sum_counts_every_suite_and_names_what_was_skipped_and_why()
    {
        using TemporaryFolder folder = new();
        AddTrx(folder, "a", Result("A.One", "Passed"), Result("A.Two", "NotExecuted", "qemu-img is not installed"));
        AddTrx(folder, "b", Result("B.One", "Failed"));
        folder.Add("results/pester.json", """{ "passed": 4, "failed": [], "skipped": [{ "name": "C.One", "reason": "no root" }] }""");
        TestSummary summary = TestSummary.Read(folder.Path + "/results", folder.Path, []);
        Assert.False(summary.Succeeded);
        Assert.Equal(
            ["failed: B.One", "skipped, qemu-img is not installed:", "  A.Two", "skipped, no root:", "  C.One", "5 passed, 1 failed, 2 skipped"],
            Lines(summary));
    }

    [Fact]
    public void Without_PowerShell_the_tests_of_Pester_count_as_skipped()
    {
        using TemporaryFolder folder = new();
        AddTrx(folder, "a", Result("A.One", "Passed"));
        folder.Add("pester/X.Tests.ps1", "Describe 'X' {\n    It 'does one' {\n    }\n\n    It \"does <Name>\" -ForEach $cases {\n    }\n}\n");
        TestSummary summary = TestSummary.Read(folder.Path + "/results", folder.Path + "/pester", ["--no-pester", "no pwsh"]);
        Assert.True(summary.Succeeded);
        Assert.Equal("1 passed, 0 failed, 2 skipped", Lines(summary)[^1]);
        Assert.Contains("  X.Tests.ps1: does <Name>", Lines(summary));
    }

    [Theory]
    [InlineData("Passed", 0, true)]
    [InlineData("Failed", 1, false)]
    public void A_runner_that_failed_counts_when_no_test_did(string outcome, int failed, bool hasPassed)
    {
        using TemporaryFolder folder = new();
        AddTrx(folder, "a", Result("A.One", outcome));
        TestSummary summary = TestSummary.Read(folder.Path + "/results", folder.Path, ["--failed", "dotnet test ended with exit code 1"]);
        Assert.False(summary.Succeeded);
        Assert.Equal(hasPassed ? "1 passed, 1 failed, 0 skipped" : $"0 passed, {failed} failed, 0 skipped", Lines(summary)[^1]);
    }

    [Fact]
    public void A_run_without_any_test_fails()
    {
        using TemporaryFolder folder = new();
        Assert.False(TestSummary.Read(folder.Path, folder.Path, []).Succeeded);
    }

    [Fact]
    public void A_library_of_others_without_a_licence_is_not_packed()
    {
        using TemporaryFolder folder = Clone();
        folder.Add("bin/dependencies/Fourth.dll", "x");
        Assert.Contains("Fourth.dll", Assert.Throws<InvalidOperationException>(() => ModulePackage.Create(folder.Path, folder.Path + "/artifacts")).Message, StringComparison.Ordinal);
    }

    /// <summary>What must hold of every package of the module.</summary>
    private static void AssertSound(ModulePackage package)
    {
        string[] files = Files(package.Folder);
        Assert.DoesNotContain(files, file => file.EndsWith("System.Management.Automation.dll", StringComparison.Ordinal));
        ModuleManifest manifest = ModuleManifest.Read(Path.Combine(package.Folder, "OpenStackStorage.psd1"));
        Assert.Equal(files, manifest["FileList"].Order(StringComparer.Ordinal));
        Assert.Contains(manifest.Value("RootModule"), files);
        Assert.All(["LICENSE", "LICENSE-3RD-PARTY.md", "README.md", "CHANGELOG.md"], file => Assert.Contains(file, files));
        using ZipArchive zip = ZipFile.OpenRead(package.NupkgPath);
        string[] own = ["OpenStackStorage.nuspec", "[Content_Types].xml", "_rels/.rels"];
        Assert.Equal(files, zip.Entries.Select(entry => entry.FullName)
            .Where(name => !own.Contains(name) && !name.StartsWith("package/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(own, name => Assert.NotNull(zip.GetEntry(name)));
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private static TemporaryFolder Clone()
    {
        TemporaryFolder folder = new();
        folder.Add("OpenStackStorage.psd1", Manifest);
        string[] files =
        [
            "bin/OpenStackStorage.dll", "bin/OpenStackStorage.pdb", "bin/dependencies/Third.dll", "bin/X.Format.ps1xml",
            "en-US/about_X.help.txt", "examples/QuickStart.ps1", "LICENSE", "README.md", "CHANGELOG.md",
        ];
        foreach (string file in files)
            folder.Add(file, file);
        folder.Add("LICENSE-3RD-PARTY.md", "`Third.dll`");
        return folder;
    }

    private static string[] Lines(TestSummary summary)
    {
        using StringWriter writer = new();
        summary.Write(writer);
        return writer.ToString().TrimEnd().ReplaceLineEndings("\n").Split('\n');
    }

    private static string Result(string name, string outcome, string reason = "") =>
        $"<UnitTestResult testName=\"{name}\" outcome=\"{outcome}\"><Output><ErrorInfo><Message>{reason}</Message></ErrorInfo></Output></UnitTestResult>";

    private static void AddTrx(TemporaryFolder folder, string name, params string[] results) => folder.Add(
        $"results/{name}.trx",
        $"<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\"><Results>{string.Concat(results)}</Results></TestRun>");
}

/// <summary>A test of this clone's own module; skipped in words while there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsModuleFactAttribute : FactAttribute
{
    public NeedsModuleFactAttribute()
    {
        string root = HelpProject.FindRoot(AppContext.BaseDirectory);
        if (!File.Exists(Path.Combine(root, "OpenStackStorage.psd1")) || !File.Exists(Path.Combine(root, "bin", "OpenStackStorage.dll")))
            Skip = "the module is not built";
    }
}
