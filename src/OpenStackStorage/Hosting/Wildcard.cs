using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>PowerShell's wildcards, where operations run without PowerShell.</summary>
internal static class Wildcard
{
    public static bool IsIn(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    /// <summary>True where the pattern fits all of the text, without regard to case.</summary>
    public static bool Matches(string pattern, string text) => Wildcards.IsMatch(pattern, text);

    /// <summary>A pattern that matches the text alone.</summary>
    public static string Escape(string text) =>
        string.Concat(text.Select(letter => letter is '*' or '?' or '[' or ']' or '`' ? $"`{letter}" : letter.ToString()));
}
