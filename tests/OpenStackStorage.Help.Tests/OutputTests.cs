using System.Xml.Linq;

namespace OpenStackStorage.Help.Tests;

public class OutputTests
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private readonly XElement _command = XDocument.Parse(
        MamlWriter.Write([(Sample.Convert, PageReader.Read(Sample.FinishedPage(Sample.Convert)))])).Root!.Element(Command + "command")!;

    [Fact]
    public void Help_states_how_each_parameter_binds()
    {
        XElement path = Parameter("Path");
        Assert.Equal(
            "required=true variableLength=true globbing=true pipelineInput=True (ByValue, ByPropertyName) position=0 aliases=none",
            string.Join(' ', path.Attributes().Select(attribute => $"{attribute.Name}={attribute.Value}")));
        Assert.Equal("string[]", path.Element(Command + "parameterValue")!.Value);
        Assert.Equal("PSPath, LP", Parameter("LiteralPath").Attribute("aliases")!.Value);
        Assert.Equal("named", Parameter("Format").Attribute("position")!.Value);
        Assert.Equal(["Raw", "Qcow2"], Parameter("Format").Element(Command + "parameterValueGroup")!.Elements().Select(value => value.Value));
        Assert.Null(Parameter("Force").Element(Command + "parameterValue"));
        Assert.Equal("About Force.", Parameter("Force").Element(Maml + "description")!.Value);
    }

    [Fact]
    public void Help_holds_plain_text()
    {
        Assert.Equal("Converts disk images.", _command.Element(Command + "details")!.Element(Maml + "description")!.Value);
        Assert.Equal(["Reads raw and qcow2.", "- one", "- two"], _command.Element(Maml + "description")!.Elements().Select(para => para.Value));
    }

    [Fact]
    public void An_example_has_words_code_and_output()
    {
        XElement example = _command.Element(Command + "examples")!.Elements().First();
        Assert.Equal("First this.", example.Element(Maml + "introduction")!.Value);
        Assert.Equal("Convert-SampleImage -Verbose", example.Element(Dev + "code")!.Value);
        Assert.Equal(["Then that.", "  output", ""], example.Element(Dev + "remarks")!.Elements().Select(para => para.Value));
    }

    [Fact]
    public void An_about_topic_is_wrapped_and_has_its_synopsis_on_the_fifth_line()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 60));
        string text = AboutTopic.Write("about_X", $"# about_X\n\n## SHORT DESCRIPTION\n\nSays `x`.\n\n## LONG DESCRIPTION\n\n{words}\n\n- {words}\n\n```powershell\nGet-X\n```\n\n| a | bb |\n|---|---|\n| ccc | d |\n");
        string[] lines = text.Split('\n');
        Assert.Equal("    Says x.", lines[4]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.Contains("        Get-X", lines);
        Assert.Contains("        a    bb", lines);
        Assert.Contains("      word word", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }

    [Fact]
    public void An_about_topic_without_a_short_description_is_refused() =>
        Assert.Throws<FormatException>(() => AboutTopic.Write("about_X", "# about_X\n\n## LONG DESCRIPTION\n\nx\n"));

    [Fact]
    public void The_error_table_holds_every_id_and_fills_a_topic_twice_alike()
    {
        string page = ErrorTable.Page(ErrorIds.All);
        Assert.All(ErrorIds.All, id => Assert.Contains($"| `{id.Name}` | {id.Category} |", page, StringComparison.Ordinal));
        string once = ErrorTable.FillTopic("a\n<!-- errors: generated from ErrorIds; do not edit -->\nstale text\n<!-- end of errors -->\nb\n", ErrorIds.All);
        Assert.DoesNotContain("stale text", once, StringComparison.Ordinal);
        Assert.Equal(once, ErrorTable.FillTopic(once, ErrorIds.All));
    }

    private XElement Parameter(string name) => _command.Element(Command + "parameters")!.Elements()
        .First(parameter => parameter.Element(Maml + "name")!.Value == name);
}
