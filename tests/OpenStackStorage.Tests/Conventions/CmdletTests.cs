using System.Text.RegularExpressions;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Conventions;

public partial class CmdletTests
{
    private static readonly IReadOnlyList<CmdletSurface> Cmdlets = CmdletSurface.AllOf(typeof(StorageCmdlet).Assembly);

    [Fact]
    public void Every_cmdlet_keeps_the_conventions()
    {
        Assert.Empty(Cmdlets.SelectMany(CmdletConventions.Check));
        Assert.Empty(CmdletConventions.CheckTypes(Cmdlets));
    }

    [Fact]
    public void The_cmdlets_are_those_of_the_table()
    {
        Assert.Equal(SurfaceRow.All.Select(row => row.Cmdlet).Order(), Cmdlets.Select(cmdlet => cmdlet.Name).Order());
    }

    [Fact]
    public void Every_cmdlet_has_the_parameters_output_and_bindings_of_the_table()
    {
        foreach (CmdletSurface cmdlet in Cmdlets)
        {
            SurfaceRow row = SurfaceRow.All.Single(row => row.Cmdlet == cmdlet.Name);
            Assert.Equal(Sorted(row.Parameters), Sorted(cmdlet.Parameters.Select(parameter => parameter.Name + (parameter.Mandatory ? "" : "?"))));
            Assert.Equal(row.Output, Assert.Single(cmdlet.Outputs).Name);
            Assert.Equal(Sorted(row.ByValue), Sorted(Bound(cmdlet, use => use.ByValue)));
            Assert.Equal(Sorted(row.ByName), Sorted(Bound(cmdlet, use => use.ByName)));
        }
    }

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets()
    {
        Assert.Equal(Cmdlets.Select(cmdlet => cmdlet.Name).Order(), ManifestList("CmdletsToExport").Order());
    }

    [Fact]
    public void The_manifest_has_the_version_of_the_assemblies()
    {
        Assert.Equal(typeof(StorageCmdlet).Assembly.GetName().Version!.ToString(3), VersionEntry().Match(Manifest).Groups[1].Value);
    }

    private static string Manifest { get; } = File.ReadAllText(Path.Combine(Repository.Root, "OpenStackStorage.psd1"));

    private static IEnumerable<string> ManifestList(string entry) =>
        Quoted().Matches(Regex.Match(Manifest, entry + @"\s*=\s*@\(([^)]*)\)").Groups[1].Value).Select(name => name.Groups[1].Value);

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"ModuleVersion\s*=\s*'([^']+)'")]
    private static partial Regex VersionEntry();

    private static IEnumerable<string> Bound(CmdletSurface cmdlet, Func<ParameterUse, bool> how) =>
        cmdlet.Parameters.Where(parameter => parameter.Uses.Any(how)).Select(parameter => parameter.Name).DefaultIfEmpty("-");

    private static string Sorted(string names) => Sorted(names.Split(' '));

    private static string Sorted(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));
}
