using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>Goes through the text of a device or a search; an error shows the whole of it.</summary>
internal ref struct SpecScanner(string text)
{
    private int _at;

    public readonly bool AtEnd => _at == text.Length;

    public readonly char Next => AtEnd ? '\0' : text[_at];

    public bool Skip(char expected)
    {
        if (Next != expected)
            return false;
        _at++;
        return true;
    }

    /// <summary>A letter and a number, such as <c>z2</c>; null where the letter is not next.</summary>
    public int? NumberAfter(char letter, string what) => Skip(letter) ? Number(what) : null;

    public int Number(string what)
    {
        ReadOnlySpan<char> digits = While(char.IsAsciiDigit);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Invalid($"{what} is no number");
    }

    public ReadOnlySpan<char> While(Predicate<char> belongs)
    {
        int start = _at;
        while (!AtEnd && belongs(text[_at]))
            _at++;
        return text.AsSpan(start, _at - start);
    }

    public string Rest()
    {
        string rest = text[_at..];
        _at = text.Length;
        return rest;
    }

    public readonly RingException Invalid(string problem) =>
        new(ErrorIds.RingSearchInvalid, $"'{text}' can't be read: {problem}.") { Target = text, Found = problem };
}
