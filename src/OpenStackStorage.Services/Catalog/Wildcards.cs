using System.Text;
using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>
/// PowerShell's wildcards as a pattern of SQLite's GLOB over folded text. <c>*</c> and <c>?</c> mean the same in both; GLOB
/// has no escape, takes <c>^</c> first in a set for a negation, and a <c>]</c> only in the first place.
/// https://www.sqlite.org/lang_expr.html#glob
/// </summary>
public static class Wildcards
{
    /// <summary>What names are compared by without regard to case.</summary>
    public static string Fold(string text) => text.ToUpperInvariant();

    /// <summary>Translates a pattern. A backtick takes the next character literally; a <c>[</c> that nothing closes is literal.</summary>
    public static string ToGlob(string pattern)
    {
        StringBuilder glob = new();
        for (int at = 0; at < pattern.Length; at++)
        {
            char letter = pattern[at];
            if (letter is '*' or '?')
            {
                glob.Append(letter);
            }
            else if (letter == '`' && at + 1 < pattern.Length)
            {
                AppendLiteral(glob, pattern[++at]);
            }
            else if (letter == '[' && ReadSet(pattern, at + 1, out int end) is { } ranges)
            {
                AppendSet(glob, ranges);
                at = end;
            }
            else
            {
                AppendLiteral(glob, letter);
            }
        }

        return glob.ToString();
    }

    /// <summary>Compares a text with a pattern, as GLOB does with what <see cref="ToGlob"/> makes of it.</summary>
    public static bool IsMatch(string pattern, string text)
    {
        string glob = ToGlob(pattern);
        StringBuilder regex = new("^");
        for (int at = 0; at < glob.Length; at++)
        {
            // A "]" in the first place of a set is literal.
            int end = glob[at] == '[' ? glob.IndexOf(']', at + 2) : at;
            regex.Append(glob[at] switch
            {
                '*' => ".*",
                '?' => ".",
                '[' => $"[{glob[(at + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal).Replace("^", "\\^", StringComparison.Ordinal)}]",
                char letter => Regex.Escape(letter.ToString()),
            });
            at = end;
        }

        return Regex.IsMatch(Fold(text), regex.Append("\\z").ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static void AppendLiteral(StringBuilder glob, char letter)
    {
        if (letter is '*' or '?' or '[')
            glob.Append('[').Append(letter).Append(']');
        else
            glob.Append(char.ToUpperInvariant(letter));
    }

    /// <summary>The ranges of a set, and where its <c>]</c> stands; null where none closes it.</summary>
    private static List<(char First, char Last)>? ReadSet(string pattern, int at, out int end)
    {
        List<(char, char)> ranges = [];
        for (end = at; end < pattern.Length; end++)
        {
            if (pattern[end] == ']' && end > at)
                return ranges;
            char first = Letter(pattern, ref end);
            char last = first;
            if (end + 2 < pattern.Length && pattern[end + 1] == '-' && pattern[end + 2] != ']')
            {
                end += 2;
                last = Letter(pattern, ref end);
            }

            ranges.Add((char.ToUpperInvariant(first), char.ToUpperInvariant(last)));
        }

        return null;
    }

    private static char Letter(string pattern, ref int at) =>
        pattern[at] == '`' && at + 1 < pattern.Length ? pattern[++at] : pattern[at];

    // In GLOB "]" is literal in the first place, "-" in the last, and "^" anywhere but in the first. A lower case "a" may
    // stand before it, because folded text has none.
    private static void AppendSet(StringBuilder glob, List<(char First, char Last)> ranges)
    {
        glob.Append('[').Append(ranges.Contains((']', ']')) ? ']' : 'a');
        foreach ((char first, char last) in ranges)
        {
            if (first != last)
                glob.Append(first).Append('-').Append(last);
            else if (first is not (']' or '-'))
                glob.Append(first);
        }

        glob.Append(ranges.Contains(('-', '-')) ? "-]" : "]");
    }
}
