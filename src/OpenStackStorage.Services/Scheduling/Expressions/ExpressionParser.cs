using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>The levels of operators; the later bind less.</summary>
internal enum ExpressionLevel
{
    Operand,
    Function,
    Power,
    Sign,
    Product,
    Sum,
    Not,
    Comparison,
    Ternary,
    And,
    Or,
    Comma,
}

/// <summary>
/// Reads what Cinder's grammar reads (<c>scheduler/evaluator/evaluator.py</c>, pyparsing's <c>infix_notation</c>), and as it does:
/// no word is reserved and words need no space around them, so that <c>stats.a and 1</c> is a function <c>stats.a</c> of a function
/// <c>and</c> of 1, and <c>nothing</c> is <c>not hing</c>. What has been tried at a place is remembered, or tries would multiply.
/// </summary>
internal sealed partial class ExpressionParser
{
    /// <summary>Characters. Cinder has no limit.</summary>
    public const int MaxLength = 8192;

    /// <summary>How deep parentheses, prefixes and right-associative operators may nest. Cinder's stack ends before 20 parentheses.</summary>
    public const int MaxDepth = 64;

    // The longer of two operators that begin alike comes first.
    private static readonly string[][] _operators =
    [
        [],
        [],
        ["^"],
        ["+", "-"],
        ["*", "/"],
        ["+", "-"],
        ["NOT", "not", "!"],
        ["<=", "<>", "<", ">=", ">", "!=", "=="],
        ["?"],
        ["AND", "and", "&&"],
        ["OR", "or", "||"],
        [","],
    ];

    private readonly string _text;
    private readonly Dictionary<(ExpressionLevel, int), (ExpressionNode? Node, int End)> _tried = [];
    private int _at;
    private int _farthest;
    private int _depth;

    private ExpressionParser(string text) => _text = text;

    /// <exception cref="FormatException">It is no expression; the message says where.</exception>
    public static ExpressionNode Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new FormatException($"it has {text.Length} characters, more than {MaxLength}");
        ExpressionParser parser = new(text);
        ExpressionNode? node = parser.Read(ExpressionLevel.Comma);
        parser.SkipSpace();
        return node is not null && parser._at == text.Length ? node : throw new FormatException(parser.Complaint());
    }

    private string Complaint() => _farthest == _text.Length
        ? "it ends too early"
        : $"'{_text[_farthest]}' was not expected at character {_farthest + 1}";

    // On failure the place is as before.
    private ExpressionNode? Read(ExpressionLevel level)
    {
        if (_tried.TryGetValue((level, _at), out (ExpressionNode? Node, int End) known))
        {
            _at = known.End;
            return known.Node;
        }

        int start = _at;
        ExpressionNode? node = level switch
        {
            ExpressionLevel.Operand => ReadOperand(),
            ExpressionLevel.Function or ExpressionLevel.Sign or ExpressionLevel.Not => ReadPrefix(level),
            _ => ReadInfix(level),
        };
        if (node is null)
            _at = start;
        _tried[(level, start)] = (node, _at);
        return node;
    }

    private ExpressionNode? ReadDeeper(ExpressionLevel level)
    {
        if (++_depth > MaxDepth)
            throw new FormatException($"it is nested more than {MaxDepth} deep");
        ExpressionNode? node = Read(level);
        _depth--;
        return node;
    }

    private ExpressionNode? ReadPrefix(ExpressionLevel level)
    {
        int start = _at;
        string? op = level == ExpressionLevel.Function ? TakeWord() : TakeOperator(level);
        if (op is not null && ReadDeeper(level) is { } operand)
            return new PrefixNode(level, op, operand);
        _at = start;
        return Read(level - 1);
    }

    private ExpressionNode? ReadInfix(ExpressionLevel level)
    {
        if (Read(level - 1) is not { } first)
            return null;
        List<(string, ExpressionNode)> rest = [];
        while (ReadPart(level) is { } part)
            rest.AddRange(part);
        return rest.Count == 0 ? first : new InfixNode(level, first, rest);
    }

    private (string, ExpressionNode)[]? ReadPart(ExpressionLevel level)
    {
        int start = _at;
        if (TakeOperator(level) is { } op)
        {
            ExpressionNode? operand = level is ExpressionLevel.Power or ExpressionLevel.Comma ? ReadDeeper(level) : Read(level - 1);
            if (operand is not null && level != ExpressionLevel.Ternary)
                return [(op, operand)];
            if (operand is not null && Take(":") && Read(level - 1) is { } otherwise)
                return [(op, operand), (":", otherwise)];
        }

        _at = start;
        return null;
    }

    private ExpressionNode? ReadOperand()
    {
        if ((TakeNumber() ?? TakeWord() ?? TakeQuoted()) is { } token)
            return new OperandNode(token);
        return Take("(") && ReadDeeper(ExpressionLevel.Comma) is { } inner && Take(")") ? inner : null;
    }

    private string? TakeOperator(ExpressionLevel level) => Array.Find(_operators[(int)level], Take);

    private bool Take(string token)
    {
        SkipSpace();
        bool there = string.CompareOrdinal(_text, _at, token, 0, token.Length) == 0;
        if (there)
            _at += token.Length;
        return there;
    }

    private string? TakeNumber()
    {
        int whole = Span(0, char.IsAsciiDigit);
        int fraction = whole > 0 && Here(whole) == '.' ? Span(whole + 1, char.IsAsciiDigit) : 0;
        return TakeCharacters(fraction > 0 ? whole + 1 + fraction : whole);
    }

    private string? TakeWord() => TakeCharacters(Span(0, c => char.IsAsciiLetter(c) || c is '_' or '.'));

    private string? TakeQuoted()
    {
        SkipSpace();
        return TakeCharacters(QuotedPattern().Match(_text, _at).Length);
    }

    private int Span(int from, Func<char, bool> belongs)
    {
        SkipSpace();
        int length = 0;
        while (belongs(Here(from + length)))
            length++;
        return length;
    }

    private string? TakeCharacters(int length)
    {
        if (length == 0)
            return null;
        _at += length;
        return _text[(_at - length).._at];
    }

    private char Here(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';

    private void SkipSpace()
    {
        while (Here(0) is ' ' or '\t' or '\r' or '\n')
            _at++;
        _farthest = Math.Max(_farthest, _at);
    }

    // Inside quotes: the quote doubled, escapes, anything else on the line. What has been taken is not given back.
    [GeneratedRegex("""\G(["'])(?>(?:\1\1|\\x[0-9a-fA-F]+|\\[^x]|(?!\1)[^\\\r\n])*)\1""")]
    private static partial Regex QuotedPattern();
}
