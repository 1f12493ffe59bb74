using Markdig.Syntax;

namespace OpenStackStorage.Help;

/// <summary>Reads a cmdlet's page: the markdown schema of PlatyPS, version 2024-05-01.</summary>
public static class PageReader
{
    /// <exception cref="FormatException">The page has no title.</exception>
    public static CommandPage Read(string markdown)
    {
        ArgumentNullException.ThrowIfNull(markdown);
        MarkdownDocument document = Prose.Parse(markdown);
        Section[] sections = [.. Split(markdown, document)];
        Section title = sections.FirstOrDefault(section => section.Level == 1)
            ?? throw new FormatException("The page has no first-level heading with the cmdlet's name.");
        return new CommandPage(title.Title)
        {
            Synopsis = Body("SYNOPSIS"),
            Description = Body("DESCRIPTION"),
            Examples = Parts("EXAMPLES"),
            Parameters = [.. Parts("PARAMETERS").Where(part => part.Title.StartsWith('-')).Select(Parameter)],
            Inputs = Parts("INPUTS"),
            Outputs = Parts("OUTPUTS"),
            Notes = Body("NOTES"),
            RelatedLinks = Body("RELATED LINKS"),
        };

        string Body(string name) => sections.FirstOrDefault(section => section.Level == 2 && section.Title == name)?.Body ?? "";

        IReadOnlyList<PagePart> Parts(string name) => [.. sections
            .SkipWhile(section => section.Level != 2 || section.Title != name)
            .Skip(1)
            .TakeWhile(section => section.Level > 2)
            .Select(section => new PagePart(section.Title, section.Body))];
    }

    /// <summary>Takes the generated block of yaml off a parameter's text.</summary>
    private static PagePart Parameter(PagePart part)
    {
        FencedCodeBlock? yaml = Prose.Parse(part.Body).OfType<FencedCodeBlock>().FirstOrDefault(block => block.Info == "yaml");
        if (yaml is null)
            return part with { Title = part.Title[1..] };
        const string key = "DefaultValue:";
        string value = yaml.Lines.ToString().Split('\n').FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? key;
        return new PagePart(
            part.Title[1..],
            part.Body.Remove(yaml.Span.Start, yaml.Span.Length).Trim(),
            value[key.Length..].Trim().Trim('\''));
    }

    private static IEnumerable<Section> Split(string markdown, MarkdownDocument document)
    {
        HeadingBlock[] headings = [.. document.OfType<HeadingBlock>().Where(heading => heading.Level <= 3)];
        for (int i = 0; i < headings.Length; i++)
        {
            int start = headings[i].Span.End + 1;
            int end = i + 1 < headings.Length ? headings[i + 1].Span.Start : markdown.Length;
            string title = markdown[headings[i].Span.Start..start].TrimStart('#').Trim();
            yield return new Section(headings[i].Level, title, markdown[start..end].Trim());
        }
    }

    private sealed record Section(int Level, string Title, string Body);
}
