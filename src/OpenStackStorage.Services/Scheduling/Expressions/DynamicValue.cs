using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>A value that can not take part in what is asked: the kinds do not fit, or a number is out of range.</summary>
internal sealed class DynamicValueException(string message) : Exception(message);

/// <summary>
/// Values whose kind is known only when they are compared, with the rules of Python, in which Cinder's specs, queries and
/// expressions are evaluated: null, bool, whole numbers of any size, double, string, list, map. A bool is also a number.
/// </summary>
internal static partial class DynamicValue
{
    /// <summary>One of the kinds above from whatever a backend or a caller has given.</summary>
    public static object? From(object? value) => value switch
    {
        null or bool or string or BigInteger or double => value,
        float or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        ulong number => new BigInteger(number),
        byte or sbyte or short or ushort or int or uint or long => new BigInteger(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        PoolCapacity capacity => capacity.ToDynamic(),
        JsonElement element => From(element),
        IReadOnlyDictionary<string, object?> map => map,
        IReadOnlyDictionary<string, string> map => map.ToDictionary(pair => pair.Key, pair => (object?)pair.Value),
        IEnumerable list => list.Cast<object?>().Select(From).ToList(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    public static bool IsTruthy(object? value) => value switch
    {
        null => false,
        bool yes => yes,
        BigInteger number => !number.IsZero,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (string a, string b) => a == b,
        (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
        (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b) =>
            a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out object? other) && AreEqual(From(pair.Value), From(other))),
        _ => IsNumber(left) && IsNumber(right) && CompareNumbers(left!, right!) == 0,
    };

    /// <summary>Less than 0, 0, more than 0; null where a number is NaN and no order holds.</summary>
    /// <exception cref="DynamicValueException">They have no order, as a string and a number.</exception>
    public static int? Compare(object? left, object? right)
    {
        if (IsNumber(left) && IsNumber(right))
            return CompareNumbers(left!, right!);
        if (left is string a && right is string b)
            return string.CompareOrdinal(a, b);
        if (left is not List<object?> first || right is not List<object?> second)
            throw new DynamicValueException($"{Describe(left)} and {Describe(right)} have no order");
        foreach ((object? one, object? other) in first.Zip(second))
        {
            if (!AreEqual(one, other))
                return Compare(one, other);
        }

        return first.Count.CompareTo(second.Count);
    }

    public static bool IsNumber(object? value) => value is bool or BigInteger or double;

    /// <summary>The whole number that a bool or whole number is.</summary>
    public static BigInteger? AsInteger(object? value) => value switch
    {
        bool yes => yes ? BigInteger.One : BigInteger.Zero,
        BigInteger number => number,
        _ => null,
    };

    /// <exception cref="DynamicValueException">It is no number, or too large a whole number.</exception>
    public static double ToDouble(object? value)
    {
        if (value is double number)
            return number;
        double converted = (double)(AsInteger(value) ?? throw new DynamicValueException($"{Describe(value)} is no number"));
        return double.IsFinite(converted) ? converted : throw new DynamicValueException("a whole number is too large to divide or to mix with fractions");
    }

    /// <summary>Python's <c>float()</c>: also reads text, with <c>inf</c>, <c>nan</c> and underscores between digits.</summary>
    /// <exception cref="DynamicValueException">It is no number in any way.</exception>
    public static double ParseDouble(object? value) =>
        value is not string text ? ToDouble(value) : TryParseDouble(text) ?? throw new DynamicValueException($"'{text}' is no number");

    public static double? TryParseDouble(string text)
    {
        string trimmed = text.Trim();
        string unsigned = trimmed.TrimStart('+', '-').ToUpperInvariant();
        if (trimmed.Length - unsigned.Length <= 1 && unsigned is "INF" or "INFINITY" or "NAN")
            return unsigned == "NAN" ? double.NaN : trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return RealPattern().IsMatch(trimmed)
            ? double.Parse(trimmed.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Python's <c>int()</c> of text; null where it is no whole number.</summary>
    public static BigInteger? TryParseInteger(string text)
    {
        string trimmed = text.Trim();
        return IntegerPattern().IsMatch(trimmed)
            ? BigInteger.Parse(trimmed.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>For messages.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "nothing",
        bool yes => yes ? "True" : "False",
        string text => $"'{text}'",
        List<object?> list => $"[{string.Join(", ", list.Select(Describe))}]",
        IReadOnlyDictionary<string, object?> => "a map",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static object? From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => element.GetBoolean(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E')
            ? element.GetDouble()
            : BigInteger.Parse(element.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
        JsonValueKind.Array => element.EnumerateArray().Select(From).ToList(),
        JsonValueKind.Object => element.EnumerateObject().DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => From(member.Value)),
        _ => null,
    };

    // A whole number and a fraction are compared by their exact values, never by rounding one of them.
    private static int? CompareNumbers(object left, object right)
    {
        if (AsInteger(left) is { } a)
            return AsInteger(right) is { } b ? a.CompareTo(b) : -Compare((double)right, a);
        return AsInteger(right) is { } whole ? Compare((double)left, whole)
            : double.IsNaN((double)left) || double.IsNaN((double)right) ? null : ((double)left).CompareTo((double)right);
    }

    private static int? Compare(double left, BigInteger right)
    {
        if (double.IsNaN(left))
            return null;
        if (double.IsInfinity(left))
            return Math.Sign(left);
        double floor = Math.Floor(left);
        int order = new BigInteger(floor).CompareTo(right);
        return order == 0 && left > floor ? 1 : order;
    }

    [GeneratedRegex(@"\A[+-]?[0-9](_?[0-9])*\z")]
    private static partial Regex IntegerPattern();

    [GeneratedRegex(@"\A[+-]?([0-9](_?[0-9])*(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][+-]?[0-9](_?[0-9])*)?\z")]
    private static partial Regex RealPattern();
}
