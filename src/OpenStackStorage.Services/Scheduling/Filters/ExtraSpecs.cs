using System.Numerics;

namespace OpenStackStorage.Services;

/// <summary>
/// Compares what a backend reports with what a type asks for. Cinder, <c>scheduler/filters/extra_specs_ops.py</c>. The first word
/// may be an operator; only the word after it counts, except with <c>&lt;or&gt;</c>. Anything else is compared as it stands. The
/// operators <c>&lt;all-in&gt;</c> and <c>&lt;any-in&gt;</c> are Nova's and Ironic's: here they are no operators.
/// </summary>
internal static class ExtraSpecs
{
    private static readonly string[] _yes = ["1", "t", "true", "on", "y", "yes"];

    /// <param name="value">One of <see cref="DynamicValue"/>'s kinds.</param>
    /// <exception cref="DynamicValueException">The kinds do not fit. In Cinder that ends the request with an error.</exception>
    public static bool Match(object? value, string requirement)
    {
        string[] words = requirement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string op = words.Length > 0 ? words[0] : "";
        if (!IsOperator(op))
            return DynamicValue.AreEqual(value, requirement);
        if (value is null)
            return false;
        if (op == "<or>")
            return IsAnyOf(value, words);
        return words.Length > 1 && Holds(op, value, words[1]);
    }

    private static bool IsOperator(string word) =>
        word is "=" or "==" or "!=" or ">=" or "<=" or "s==" or "s!=" or "s<" or "s<=" or "s>" or "s>=" or "<in>" or "<is>" or "<or>";

    // Every second word is an alternative, whatever stands between.
    private static bool IsAnyOf(object value, string[] words)
    {
        if (words.Length < 2)
            throw new DynamicValueException("nothing follows <or>");
        for (int i = 1; i < words.Length; i += 2)
        {
            if (DynamicValue.AreEqual(value, words[i]))
                return true;
        }

        return false;
    }

    private static bool Holds(string op, object value, string word) => op switch
    {
        "<in>" => Contains(value, word),
        "<is>" => IsYes(value) == IsYes(word),
        "s==" => DynamicValue.AreEqual(value, word),
        "s!=" => !DynamicValue.AreEqual(value, word),
        "s<" => DynamicValue.Compare(value, word) < 0,
        "s<=" => DynamicValue.Compare(value, word) <= 0,
        "s>" => DynamicValue.Compare(value, word) > 0,
        "s>=" => DynamicValue.Compare(value, word) >= 0,
        _ => Number(value) is { } left && Number(word) is { } right && Holds(op, left, right),
    };

    private static bool Holds(string op, double left, double right) => op switch
    {
        "==" => left == right,
        "!=" => left != right,
        "<=" => left <= right,
        _ => left >= right,
    };

    private static double? Number(object value) => value is string text ? DynamicValue.TryParseDouble(text) : DynamicValue.ToDouble(value);

    private static bool Contains(object value, string word) => value switch
    {
        string text => text.Contains(word, StringComparison.Ordinal),
        IReadOnlyDictionary<string, object?> map => map.ContainsKey(word),
        _ => throw new DynamicValueException($"{DynamicValue.Describe(value)} has no parts for <in>"),
    };

    // oslo.utils, strutils.bool_from_string: what is no yes is a no.
    private static bool IsYes(object value) => value switch
    {
        bool yes => yes,
        BigInteger number => number.IsOne,
        string text => _yes.Contains(text.Trim().ToLowerInvariant()),
        _ => false,
    };
}
