using System.Globalization;
using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace OpenStackStorage.Help;

/// <summary>Markdown as plain text, for readers that know no markup.</summary>
public static class Prose
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().UsePreciseSourceLocation().Build();

    public static MarkdownDocument Parse(string markdown) => Markdown.Parse(markdown, Pipeline);

    /// <summary>The blocks of a piece of markdown, in order.</summary>
    public static IEnumerable<ProseBlock> Blocks(string markdown) => Parse(markdown).SelectMany(Convert);

    /// <summary>The blocks as paragraphs; code keeps its lines.</summary>
    public static IEnumerable<string> Paragraphs(string markdown) => Blocks(markdown).Select(block => block.Text);

    private static IEnumerable<ProseBlock> Convert(Block block) => block switch
    {
        HeadingBlock heading => [new ProseBlock(ProseKind.Heading, Text(heading.Inline), heading.Level)],
        ParagraphBlock paragraph => [new ProseBlock(ProseKind.Paragraph, Text(paragraph.Inline))],
        CodeBlock code => [new ProseBlock(ProseKind.Code, code.Lines.ToString().TrimEnd(), Info: (code as FencedCodeBlock)?.Info ?? "")],
        ListBlock list => list.OfType<ListItemBlock>().Select((item, index) => new ProseBlock(
            ProseKind.Item,
            (list.IsOrdered ? string.Create(CultureInfo.InvariantCulture, $"{index + 1}. ") : "- ")
                + string.Join('\n', item.SelectMany(Convert).Select(inner => inner.Text)))),
        Table table => [new ProseBlock(ProseKind.Code, Columns(table))],
        QuoteBlock quote => quote.SelectMany(Convert),
        _ => [],
    };

    private static string Text(ContainerInline? container)
    {
        StringBuilder text = new();
        foreach (Inline inline in container ?? [])
            Append(text, inline);
        return text.ToString().Trim();
    }

    private static void Append(StringBuilder text, Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                text.Append(literal.Content);
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline:
                text.Append(' ');
                break;
            case AutolinkInline link:
                text.Append(link.Url);
                break;
            case HtmlEntityInline entity:
                text.Append(entity.Transcoded);
                break;
            case ContainerInline container:
                foreach (Inline child in container)
                    Append(text, child);
                if (container is LinkInline { Url: { } url } && url.Contains("://", StringComparison.Ordinal))
                    text.Append(" (").Append(url).Append(')');
                break;
        }
    }

    private static string Columns(Table table)
    {
        string[][] rows = [.. table.OfType<TableRow>().Select(row => row.OfType<TableCell>()
            .Select(cell => string.Join(' ', cell.SelectMany(Convert).Select(block => block.Text))).ToArray())];
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length))
            .Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        return string.Join('\n', rows.Select(row =>
            string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }
}

public enum ProseKind
{
    Heading,
    Paragraph,
    Item,
    Code,
}

/// <summary>One block of plain text.</summary>
/// <param name="Level">Of a heading.</param>
/// <param name="Info">Of fenced code: its language.</param>
public sealed record ProseBlock(ProseKind Kind, string Text, int Level = 0, string Info = "");
