using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OpenStackStorage.Services;

/// <summary>Text with <c>%(name)s</c> for attributes of the target and <c>%%</c> for a percent sign: what oslo.policy uses of Python's formatting.</summary>
internal sealed record PolicyTemplate
{
    private readonly string _source;

    // Odd places are names of attributes.
    private readonly IReadOnlyList<string> _pieces;

    private PolicyTemplate(string source, IReadOnlyList<string> pieces)
    {
        _source = source;
        _pieces = pieces;
    }

    /// <summary>False for a percent sign that begins neither form.</summary>
    public static bool TryParse(string source, [NotNullWhen(true)] out PolicyTemplate? template)
    {
        List<string> pieces = [];
        StringBuilder text = new();
        template = null;
        for (int at = 0; at < source.Length; at++)
        {
            if (source[at] != '%')
            {
                text.Append(source[at]);
            }
            else if (source.AsSpan(at).StartsWith("%%"))
            {
                text.Append('%');
                at++;
            }
            else
            {
                int end = source.IndexOf(")s", at, StringComparison.Ordinal);
                if (end < 0 || source[at + 1] != '(')
                    return false;
                pieces.Add(text.ToString());
                pieces.Add(source[(at + 2)..end]);
                text.Clear();
                at = end + 1;
            }
        }

        pieces.Add(text.ToString());
        template = new(source, pieces);
        return true;
    }

    /// <param name="filled">The text, or the name of the attribute that the target lacks.</param>
    public bool TryFill(Func<string, string?> target, out string filled)
    {
        StringBuilder text = new();
        for (int at = 0; at < _pieces.Count; at++)
        {
            string? piece = at % 2 == 0 ? _pieces[at] : target(_pieces[at]);
            if (piece is null)
            {
                filled = _pieces[at];
                return false;
            }

            text.Append(piece);
        }

        filled = text.ToString();
        return true;
    }

    public override string ToString() => _source;
}
