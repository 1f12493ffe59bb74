using System.Globalization;
using System.Text;

namespace OpenStackStorage.Help;

/// <summary>The table of error ids, for people: <c>docs/errors.md</c> and a part of an about topic.</summary>
public static class ErrorTable
{
    private const string Start = "<!-- errors: generated from ErrorIds; do not edit -->";
    private const string End = "<!-- end of errors -->";

    /// <summary>The whole of <c>docs/errors.md</c>.</summary>
    public static string Page(IEnumerable<ErrorId> ids)
    {
        StringBuilder text = new("""
            # Error ids

            Every expected failure has an id that never changes once it was released. In PowerShell it is the first part of
            `FullyQualifiedErrorId`, for example `DestinationExists,OpenStackStorage.Commands.ConvertDiskImageCommand`.
            Scripts match the id, never the message.

            This page is generated from `src/OpenStackStorage.Core/ErrorIds.cs` by `./build.sh docs`.

            | Id | Category | What happened | What to do |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (ErrorId id in ids)
            text.Append(CultureInfo.InvariantCulture, $"| `{id.Name}` | {id.Category} | {Cell(id.Meaning)} | {Cell(id.Remedy)} |\n");
        return text.ToString();
    }

    /// <summary>Fills the generated part of a topic.</summary>
    /// <exception cref="FormatException">The topic has no place for it.</exception>
    public static string FillTopic(string markdown, IEnumerable<ErrorId> ids)
    {
        ArgumentNullException.ThrowIfNull(markdown);
        int start = markdown.IndexOf(Start, StringComparison.Ordinal);
        int end = markdown.IndexOf(End, StringComparison.Ordinal);
        if (start < 0 || end < start)
            throw new FormatException($"The topic lacks the lines '{Start}' and '{End}'.");
        string list = string.Concat(ids.Select(id => $"### {id.Name} ({id.Category})\n\n{id.Meaning} {id.Remedy}\n\n"));
        return $"{markdown[..start]}{Start}\n\n{list}{markdown[end..]}";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
