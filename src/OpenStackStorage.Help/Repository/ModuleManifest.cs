using System.Text.RegularExpressions;

namespace OpenStackStorage.Help;

/// <summary>The few values of a module manifest (.psd1) that packaging and tests need, read without PowerShell.</summary>
public sealed partial class ModuleManifest
{
    private readonly string _text;

    public ModuleManifest(string text) => _text = Comment().Replace(text, "");

    public static ModuleManifest Read(string path) => new(File.ReadAllText(path));

    /// <summary>All quoted strings of an entry: one for <c>Key = 'x'</c>, several for <c>Key = @('x', 'y')</c>.</summary>
    public IReadOnlyList<string> this[string key]
    {
        get
        {
            Match entry = Regex.Match(_text, $@"(?m)^\s*{Regex.Escape(key)}\s*=\s*(?<value>@\([^)]*\)|[^\r\n]*(,\s*\r?\n[^\r\n]*)*)");
            return [.. Quoted().Matches(entry.Groups["value"].Value).Select(match => match.Groups["text"].Value)];
        }
    }

    /// <summary>The entry's one value; empty when there is none.</summary>
    public string Value(string key) => this[key].FirstOrDefault("");

    /// <summary>The manifest's text with another list of files.</summary>
    public static string WithFileList(string text, IEnumerable<string> files)
    {
        string list = "@(\n" + string.Join(",\n", files.Select(file => $"        '{file}'")) + "\n    )";
        return FileListEntry().IsMatch(text)
            ? FileListEntry().Replace(text, match => match.Groups["entry"].Value + list)
            : throw new FormatException("The manifest has no FileList entry.");
    }

    [GeneratedRegex(@"(?m)^\s*#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("'(?<text>[^']*)'|\"(?<text>[^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?m)^(?<entry>[ \t]*FileList\s*=\s*)(@\([^)]*\)|.*$)")]
    private static partial Regex FileListEntry();
}
