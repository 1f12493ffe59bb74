using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace OpenStackStorage.Help;

/// <summary>Writes pages as MAML, the XML that <c>Get-Help</c> reads.</summary>
public static partial class MamlWriter
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>One file for all cmdlets: UTF-8 without a mark, LF.</summary>
    public static string Write(IEnumerable<(CommandSurface Command, CommandPage Page)> pages)
    {
        XElement items = new(
            Root + "helpItems",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XAttribute("schema", "maml"),
            pages.Select(page => WriteCommand(page.Command, page.Page)));
        using MemoryStream stream = new();
        XmlWriterSettings settings = new() { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n" };
        using (XmlWriter writer = XmlWriter.Create(stream, settings))
            items.Save(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static XElement WriteCommand(CommandSurface command, CommandPage page) => new(
        Command + "command",
        new XElement(
            Command + "details",
            new XElement(Command + "name", command.Name),
            new XElement(Command + "verb", command.Verb),
            new XElement(Command + "noun", command.Noun),
            Description(page.Synopsis)),
        Description(page.Description),
        new XElement(Command + "syntax", command.Sets.Select(set => SyntaxItem(command, set))),
        new XElement(Command + "parameters", page.Parameters.Select(part => Parameter(command, part))),
        new XElement(Command + "inputTypes", page.Inputs.Select(part => TypedPart("inputType", part))),
        new XElement(Command + "returnValues", page.Outputs.Select(part => TypedPart("returnValue", part))),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", Links(command, page)));

    private static XElement SyntaxItem(CommandSurface command, string set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", command.Name),
        command.InSet(set).Select(member => new XElement(
            Command + "parameter",
            Attributes(member.Parameter, [member.Set]),
            new XElement(Maml + "name", member.Parameter.Name),
            Value(member.Parameter))));

    private static XElement Parameter(CommandSurface command, PagePart part)
    {
        ParameterSurface parameter = command.Parameters.First(candidate => candidate.Name == part.Title);
        return new XElement(
            Command + "parameter",
            Attributes(parameter, parameter.Sets),
            new XElement(Maml + "name", parameter.Name),
            Description(part.Body),
            Value(parameter),
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.IsSwitch ? "SwitchParameter" : parameter.ShortTypeName), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", DefaultValue(parameter, part)));
    }

    private static string DefaultValue(ParameterSurface parameter, PagePart part) =>
        part.DefaultValue.Length > 0 ? part.DefaultValue : parameter.IsSwitch ? "False" : "None";

    private static XAttribute[] Attributes(ParameterSurface parameter, IReadOnlyList<SetSurface> sets) =>
    [
        new("required", sets.Any(set => set.Required)),
        new("variableLength", parameter.ShortTypeName.EndsWith("[]", StringComparison.Ordinal)),
        new("globbing", parameter.SupportsWildcards),
        new("pipelineInput", PipelineInput(sets)),
        new("position", sets.Select(set => set.Position).FirstOrDefault(position => position is not null)?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
    ];

    private static string PipelineInput(IReadOnlyList<SetSurface> sets)
    {
        string[] ways = [.. new[] { (sets.Any(set => set.ByValue), "ByValue"), (sets.Any(set => set.ByPropertyName), "ByPropertyName") }
            .Where(way => way.Item1).Select(way => way.Item2)];
        return ways.Length == 0 ? "False" : $"True ({string.Join(", ", ways)})";
    }

    private static IEnumerable<XElement> Value(ParameterSurface parameter)
    {
        if (parameter.IsSwitch)
            yield break;
        if (parameter.AcceptedValues.Count > 0)
        {
            yield return new XElement(Command + "parameterValueGroup", parameter.AcceptedValues.Select(value => new XElement(
                Command + "parameterValue", new XAttribute("required", false), new XAttribute("variableLength", false), value)));
        }

        yield return new XElement(
            Command + "parameterValue",
            new XAttribute("required", true),
            new XAttribute("variableLength", parameter.ShortTypeName.EndsWith("[]", StringComparison.Ordinal)),
            parameter.ShortTypeName);
    }

    private static XElement TypedPart(string element, PagePart part) => new(
        Command + element,
        new XElement(Dev + "type", new XElement(Maml + "name", part.Title), new XElement(Maml + "uri")),
        Description(part.Body));

    private static XElement Example(PagePart part)
    {
        ProseBlock[] blocks = [.. Prose.Blocks(part.Body)];
        int code = Array.FindIndex(blocks, block => block.Kind == ProseKind.Code);
        int after = code < 0 ? blocks.Length : code + 1;
        return new XElement(
            Command + "example",
            new XElement(Maml + "title", $"--------- {part.Title} ---------"),
            new XElement(Maml + "introduction", Paragraphs(blocks[..Math.Max(code, 0)])),
            new XElement(Dev + "code", code < 0 ? "" : blocks[code].Text),
            // The empty line keeps the next title apart.
            new XElement(Dev + "remarks", Paragraphs(blocks[after..]), new XElement(Maml + "para")));
    }

    private static IEnumerable<XElement> Links(CommandSurface command, CommandPage page)
    {
        if (command.HelpUri.Length > 0)
            yield return Link("Online version", command.HelpUri);
        foreach (Match match in MarkdownLink().Matches(page.RelatedLinks))
        {
            string address = match.Groups["address"].Value;
            yield return Link(match.Groups["text"].Value, address.Contains("://", StringComparison.Ordinal) ? address : "");
        }
    }

    private static XElement Link(string text, string uri) =>
        new(Maml + "navigationLink", new XElement(Maml + "linkText", text), new XElement(Maml + "uri", uri));

    private static XElement Description(string markdown) => new(Maml + "description", Paragraphs(markdown));

    private static IEnumerable<XElement> Paragraphs(string markdown) => Paragraphs(Prose.Blocks(markdown));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<ProseBlock> blocks) =>
        blocks.Select(block => new XElement(Maml + "para", block.Text));

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<address>[^)]*)\)")]
    private static partial Regex MarkdownLink();
}
