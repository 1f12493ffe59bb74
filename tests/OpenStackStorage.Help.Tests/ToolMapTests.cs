using System.Text.RegularExpressions;

namespace OpenStackStorage.Help.Tests;

/// <summary>The README's table from other tools' commands to cmdlets says what is in the module, and what is not yet.</summary>
public partial class ToolMapTests
{
    private static readonly string Root = HelpProject.FindRoot(AppContext.BaseDirectory);

    private static readonly string[] Exported = File.Exists(Path.Combine(Root, "OpenStackStorage.psd1"))
        ? [.. ModuleManifest.Read(Path.Combine(Root, "OpenStackStorage.psd1"))["CmdletsToExport"]]
        : [];

    private static readonly ToolRow[] Rows = [.. RowPattern().Matches(File.ReadAllText(Path.Combine(Root, "README.md")))
        .Select(match => new ToolRow(
            match.Groups["tool"].Value,
            [.. CmdletPattern().Matches(match.Groups["cmdlets"].Value).Select(cmdlet => cmdlet.Value)],
            match.Groups["state"].Value.Trim()))];

    [NeedsModuleFact]
    public void Each_row_says_whether_its_cmdlets_are_there()
    {
        string[] wrong = [.. Rows.Where(row => row.State != row.Expected(Exported))
            .Select(row => $"{row.Tool}: says '{row.State}', is '{row.Expected(Exported)}'")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [NeedsModuleFact]
    public void Each_cmdlet_of_the_module_stands_in_a_row()
    {
        Assert.Empty(Exported.Except(Rows.SelectMany(row => row.Cmdlets)));
    }

    /// <summary>qemu-img 10.2 has these subcommands (qemu-img.c, img_cmds).</summary>
    [Theory]
    [InlineData("amend")]
    [InlineData("bench")]
    [InlineData("bitmap")]
    [InlineData("check")]
    [InlineData("commit")]
    [InlineData("compare")]
    [InlineData("convert")]
    [InlineData("create")]
    [InlineData("dd")]
    [InlineData("info")]
    [InlineData("map")]
    [InlineData("measure")]
    [InlineData("rebase")]
    [InlineData("resize")]
    [InlineData("snapshot")]
    public void Every_subcommand_of_qemu_img_has_a_row(string subcommand) =>
        Assert.Contains(Rows, row => row.Tool.StartsWith($"qemu-img {subcommand}", StringComparison.Ordinal));

    [Theory]
    [InlineData("in the module", "in the module")]
    [InlineData("in the module", "not yet", "Get-B")]
    [InlineData("in part: not yet Get-B", "in part: not yet Get-B", "Get-A", "Get-B")]
    public void A_row_knows_what_it_should_say(string state, string expected, params string[] cmdlets)
    {
        ToolRow row = new("x", cmdlets.Length == 0 ? ["Get-A"] : cmdlets, state);
        Assert.Equal(expected, row.Expected(["Get-A"]));
    }

    [GeneratedRegex(@"(?m)^\| `(?<tool>[^`]+)` \| (?<cmdlets>[^|]+) \| (?<state>[^|]+)\|$")]
    private static partial Regex RowPattern();

    [GeneratedRegex("[A-Z][a-z]+-[A-Z][A-Za-z]+")]
    private static partial Regex CmdletPattern();

    /// <param name="Tool">The other tool's command.</param>
    /// <param name="Cmdlets">What does the same; none where nothing is meant to.</param>
    /// <param name="State">What the table says.</param>
    private sealed record ToolRow(string Tool, IReadOnlyList<string> Cmdlets, string State)
    {
        public string Expected(IReadOnlyCollection<string> exported)
        {
            string[] missing = [.. Cmdlets.Except(exported)];
            return Cmdlets.Count == 0 ? "none"
                : missing.Length == 0 ? "in the module"
                : missing.Length == Cmdlets.Count ? "not yet"
                : $"in part: not yet {string.Join(", ", missing)}";
        }
    }
}
