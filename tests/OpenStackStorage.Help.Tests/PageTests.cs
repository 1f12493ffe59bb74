namespace OpenStackStorage.Help.Tests;

public class PageTests
{
    private static readonly CommandSurface[] Commands = [Sample.Convert, Sample.Store];

    [Fact]
    public void A_finished_page_has_no_problem() =>
        Assert.Empty(PageCheck.Check(Sample.Convert, Sample.FinishedPage(Sample.Convert), Commands));

    [Fact]
    public void Reading_and_writing_a_page_changes_nothing()
    {
        string page = Sample.FinishedPage(Sample.Convert).Replace("DefaultValue: ''", "DefaultValue: '64 KiB'", StringComparison.Ordinal);
        Assert.Equal(page, PageWriter.Write(Sample.Convert, PageReader.Read(page)));
    }

    [Fact]
    public void A_new_page_names_every_place_to_fill_in()
    {
        string page = PageWriter.Write(Sample.Convert, PageWriter.Scaffold(Sample.Convert));
        string[] problems = [.. PageCheck.Check(Sample.Convert, page, Commands)];
        Assert.Contains("Convert-SampleImage: SYNOPSIS is not filled in.", problems);
        Assert.Contains("Convert-SampleImage: OUTPUTS System.IO.FileInfo is not filled in.", problems);
        Assert.DoesNotContain("ProgressAction", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[-Force]", "[-Farce]", "line 24 is")]
    [InlineData("Type: System.Nullable`1[System.UInt64]", "Type: System.Int32", "the class says 'Type: System.Nullable`1[System.UInt64]'")]
    [InlineData("- BlockSizeBytes", "- BlockSize", "the class says '- BlockSizeBytes'")]
    [InlineData("  Position: 1\n", "  Position: Named\n", "the class says 'Position: 1'")]
    [InlineData("### -ClusterSize", "### -GrainSize", "-GrainSize has help but does not exist.")]
    [InlineData("### -ClusterSize", "### -GrainSize", "-ClusterSize has no help.")]
    [InlineData("Converts disk images.\n", "\n", "SYNOPSIS is empty.")]
    [InlineData("Converts disk images.\n", "This converts.\n", "SYNOPSIS must start with a verb.")]
    [InlineData("About Force.", "", "-Force is empty.")]
    [InlineData("Get-ChildItem *.img | Convert-SampleImage", "Convert-SampleImage 'a|b'", "is not a pipeline.")]
    [InlineData("Convert-SampleImage -Verbose", "Convert-SampleImage -Farmat Raw", "the unknown parameter -Farmat.")]
    [InlineData("Convert-SampleImage -Verbose", "Convert-Sample -Verbose", "does not call Convert-SampleImage.")]
    [InlineData("### Example 2: Two\n\n```powershell\nConvert-SampleImage\n```\n\n", "", "2 examples; at least 3 are needed.")]
    public void A_wrong_page_is_told_what_is_wrong(string right, string wrong, string problem)
    {
        string page = Sample.FinishedPage(Sample.Convert);
        Assert.Contains(right, page, StringComparison.Ordinal);
        string[] problems = [.. PageCheck.Check(Sample.Convert, page.Replace(right, wrong, StringComparison.Ordinal), Commands)];
        Assert.Contains(problems, text => text.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Get-A -X 1 | Convert-B -Y", "Get-A X;>Convert-B Y")]
    [InlineData("Get-A `\n  -X 1", "Get-A X")]
    [InlineData("Get-A |\n  Convert-B -Y:$false", "Get-A;>Convert-B Y")]
    [InlineData("$a = Get-A 'it|is -Z' # -Q\nConvert-B -Y (Get-C -V) -W", "$a;Get-A;Get-C V;Convert-B Y W")]
    [InlineData("Get-A | Where-Object { $_.X -eq 1 } | Convert-B -Y -5", "Get-A;$_.X eq;>Where-Object;>Convert-B Y")]
    public void Calls_are_found_in_example_code(string code, string calls) => Assert.Equal(
        calls,
        string.Join(';', ExampleCode.Calls(code).Select(call => $"{(call.FromPipeline ? ">" : "")}{call.Command} {string.Join(' ', call.Parameters)}".TrimEnd())));
}
