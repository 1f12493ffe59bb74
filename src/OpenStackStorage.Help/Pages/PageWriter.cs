using System.Globalization;
using System.Text;

namespace OpenStackStorage.Help;

/// <summary>
/// Writes a cmdlet's page: prose from the author, the rest from the class. Writing a page that was read and merged
/// again gives the same text, so a page is up to date exactly when writing changes nothing.
/// </summary>
public static class PageWriter
{
    /// <summary>Lines of a syntax block end before this column.</summary>
    private const int SyntaxWidth = 80;

    /// <summary>A page as authors find it: every place to fill in is marked with <c>{{ }}</c>.</summary>
    public static CommandPage Scaffold(CommandSurface command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Merge(command, new CommandPage(command.Name)
        {
            Synopsis = "{{ One sentence that starts with a verb. }}",
            Description = "{{ What it does, what it never does, its limits. Name the equivalent in qemu-img, Hyper-V or the OpenStack clients. }}",
            Examples = [.. Enumerable.Range(1, 3).Select(number => new PagePart(
                string.Create(CultureInfo.InvariantCulture, $"Example {number}: {{{{ What it shows }}}}"),
                $"```powershell\n{command.Name}\n```\n\n{{{{ What happens. }}}}"))],
            Notes = "{{ Limits, cost, safety. }}",
            RelatedLinks = "- [about_OpenStackStorage](about_OpenStackStorage.md)",
        });
    }

    /// <summary>Gives the page a part for every parameter and type of the class, and drops those that are gone.</summary>
    public static CommandPage Merge(CommandSurface command, CommandPage page)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(page);
        return page with
        {
            Name = command.Name,
            Parameters = [.. command.Parameters.Where(parameter => !parameter.DontShow)
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
                .Select(parameter => page.Parameters.FirstOrDefault(part => part.Title == parameter.Name)
                    ?? new PagePart(parameter.Name, parameter.HelpMessage.Length > 0 ? parameter.HelpMessage : "{{ What it is for. }}"))],
            Inputs = Types(command.InputTypes, page.Inputs),
            Outputs = Types(command.OutputTypes, page.Outputs),
        };
    }

    /// <summary>The whole page as markdown, LF, with one newline at its end.</summary>
    public static string Write(CommandSurface command, CommandPage page)
    {
        page = Merge(command, page);
        StringBuilder text = new();
        text.Append(FormattableString.Invariant($"""
            ---
            document type: cmdlet
            external help file: {HelpProject.ModuleName}.dll-Help.xml
            HelpUri: '{command.HelpUri}'
            Locale: en-US
            Module Name: {HelpProject.ModuleName}
            PlatyPS schema version: 2024-05-01
            title: {command.Name}
            ---

            # {command.Name}


            """).ReplaceLineEndings("\n"));
        Section(text, "SYNOPSIS", page.Synopsis);
        Section(text, "SYNTAX", string.Join("\n\n", command.Sets.Select(set => SyntaxSet(command, set))));
        Section(text, "ALIASES", command.Aliases.Count == 0 ? "None." : string.Join('\n', command.Aliases.Select(alias => $"- {alias}")));
        Section(text, "DESCRIPTION", page.Description);
        Section(text, "EXAMPLES", Parts(page.Examples, part => part.Body));
        Section(text, "PARAMETERS", Parts(
            page.Parameters.Select(part => part with { Title = "-" + part.Title }),
            part => $"{part.Body}\n\n{Yaml(command.Parameters.First(parameter => "-" + parameter.Name == part.Title), part.DefaultValue)}")
            + "\n\n### CommonParameters\n\nThis cmdlet has the common parameters, such as -Verbose and -ErrorAction. See\n"
            + "[about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216).");
        Section(text, "INPUTS", Parts(page.Inputs, part => part.Body));
        Section(text, "OUTPUTS", Parts(page.Outputs, part => part.Body));
        Section(text, "NOTES", page.Notes);
        Section(text, "RELATED LINKS", page.RelatedLinks);
        return text.ToString().TrimEnd() + "\n";
    }

    /// <summary>One set's syntax on one line, as <c>Get-Command -Syntax</c> prints it.</summary>
    public static string SyntaxLine(CommandSurface command, string set) =>
        string.Join(' ', SyntaxTokens(command, set));

    private static PagePart[] Types(IEnumerable<string> types, IReadOnlyList<PagePart> parts)
    {
        PagePart[] known = [.. types.Select(type => parts.FirstOrDefault(part => part.Title == type)
            ?? new PagePart(type, "{{ What it means here. }}"))];
        return known.Length > 0 ? known : [parts.FirstOrDefault(part => part.Title == "None") ?? new PagePart("None", "Nothing.")];
    }

    private static void Section(StringBuilder text, string title, string body) =>
        text.Append("## ").Append(title).Append("\n\n").Append(body).Append("\n\n");

    private static string Parts(IEnumerable<PagePart> parts, Func<PagePart, string> body) =>
        string.Join("\n\n", parts.Select(part => $"### {part.Title}\n\n{body(part)}"));

    private static string SyntaxSet(CommandSurface command, string set)
    {
        string title = set + (command.HasDefaultSet && set == command.Sets[0] && set != ParameterSurface.AllSets ? " (Default)" : "");
        StringBuilder lines = new();
        int column = 0;
        foreach (string token in SyntaxTokens(command, set))
        {
            if (column > 0)
            {
                bool fits = column + 1 + token.Length < SyntaxWidth;
                lines.Append(fits ? " " : "\n ");
                column = fits ? column + 1 : 1;
            }

            lines.Append(token);
            column += token.Length;
        }

        return $"### {title}\n\n```\n{lines}\n```";
    }

    private static IEnumerable<string> SyntaxTokens(CommandSurface command, string set)
    {
        yield return command.Name;
        foreach ((ParameterSurface parameter, SetSurface member) in command.InSet(set))
        {
            string name = member.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
            string token = parameter.IsSwitch ? name : $"{name} <{parameter.ShortTypeName}>";
            yield return member.Required ? token : $"[{token}]";
        }

        yield return "[<CommonParameters>]";
    }

    private static string Yaml(ParameterSurface parameter, string defaultValue)
    {
        StringBuilder text = new("```yaml\n");
        text.Append(CultureInfo.InvariantCulture, $"Type: {parameter.TypeName}\nDefaultValue: '{defaultValue}'\n");
        text.Append(CultureInfo.InvariantCulture, $"SupportsWildcards: {Bool(parameter.SupportsWildcards)}\n");
        List(text, "Aliases", parameter.Aliases);
        text.Append("ParameterSets:\n");
        foreach (SetSurface set in parameter.Sets)
        {
            text.Append(FormattableString.Invariant($"""
                - Name: {(set.Name == ParameterSurface.AllSets ? "(All)" : set.Name)}
                  Position: {set.Position?.ToString(CultureInfo.InvariantCulture) ?? "Named"}
                  IsRequired: {Bool(set.Required)}
                  ValueFromPipeline: {Bool(set.ByValue)}
                  ValueFromPipelineByPropertyName: {Bool(set.ByPropertyName)}
                  ValueFromRemainingArguments: {Bool(set.Remaining)}

                """).ReplaceLineEndings("\n"));
        }

        text.Append("DontShow: false\n");
        List(text, "AcceptedValues", parameter.AcceptedValues);
        return text.Append("HelpMessage: ''\n```").ToString();
    }

    private static void List(StringBuilder text, string key, IReadOnlyList<string> values) =>
        text.Append(key).Append(values.Count == 0 ? ": []\n" : ":\n" + string.Concat(values.Select(value => $"- {value}\n")));

    private static string Bool(bool value) => value ? "true" : "false";
}
