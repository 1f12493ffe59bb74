using System.Numerics;

namespace OpenStackStorage.Services;

/// <summary>The operators of expressions with Python's rules: texts and lists are joined by <c>+</c> and repeated by <c>*</c>.</summary>
internal static class ExpressionMath
{
    // Python computes powers of any size until the memory is full.
    private const long MaxBits = 1 << 16;
    private const int MaxItems = 1 << 16;

    public static object Add(object left, object right)
    {
        if (DynamicValue.AsInteger(left) is { } a && DynamicValue.AsInteger(right) is { } b)
            return a + b;
        return (left, right) switch
        {
            (string first, string second) => Fits(first.Length + second.Length) ? first + second : throw TooLarge(),
            (List<object?> first, List<object?> or string) => Joined(first, Items(right)),
            _ => DynamicValue.ToDouble(left) + DynamicValue.ToDouble(right),
        };
    }

    public static object Subtract(object left, object right) =>
        DynamicValue.AsInteger(left) is { } a && DynamicValue.AsInteger(right) is { } b
            ? a - b
            : DynamicValue.ToDouble(left) - DynamicValue.ToDouble(right);

    public static object Multiply(object left, object right)
    {
        (BigInteger? a, BigInteger? b) = (DynamicValue.AsInteger(left), DynamicValue.AsInteger(right));
        if (a is { } one && b is { } other)
            return one.GetBitLength() + other.GetBitLength() <= MaxBits ? one * other : throw TooLarge();
        if ((a ?? b) is { } times && (a is null ? left : right) is string or List<object?>)
            return Repeat(a is null ? left : right, times);
        return DynamicValue.ToDouble(left) * DynamicValue.ToDouble(right);
    }

    public static object Divide(object left, object right)
    {
        double divisor = DynamicValue.ParseDouble(right), dividend = DynamicValue.ToDouble(left);
        return divisor != 0 ? dividend / divisor : throw new DynamicValueException("division by zero");
    }

    public static object Power(object left, object right)
    {
        if (DynamicValue.AsInteger(left) is { } number && DynamicValue.AsInteger(right) is { Sign: >= 0 } times)
            return IntegerPower(number, times);
        double radix = DynamicValue.ToDouble(left), exponent = DynamicValue.ToDouble(right);
        if (radix == 0 && exponent < 0)
            throw new DynamicValueException("zero to a negative power");
        if (radix < 0 && double.IsFinite(radix) && double.IsFinite(exponent) && exponent != Math.Floor(exponent))
            throw new DynamicValueException("a root of a negative number");
        double power = Math.Pow(radix, exponent);
        return double.IsInfinity(power) && double.IsFinite(radix) && double.IsFinite(exponent) ? throw TooLarge() : power;
    }

    public static object Call(string function, object argument)
    {
        List<object?> arguments = argument as List<object?> ?? [argument];
        return function switch
        {
            "abs" when arguments.Count == 1 => Absolute(arguments[0]!),
            "abs" => throw new DynamicValueException("abs takes one number"),
            "max" => Extreme(arguments, sign: 1),
            "min" => Extreme(arguments, sign: -1),
            _ => throw new DynamicValueException($"'{function}' is no function: there are abs, max and min"),
        };
    }

    public static bool Holds(string comparison, object left, object right) => comparison switch
    {
        "==" => DynamicValue.AreEqual(left, right),
        "!=" or "<>" => !DynamicValue.AreEqual(left, right),
        "<" => DynamicValue.Compare(left, right) < 0,
        "<=" => DynamicValue.Compare(left, right) <= 0,
        ">" => DynamicValue.Compare(left, right) > 0,
        _ => DynamicValue.Compare(left, right) >= 0,
    };

    private static object Absolute(object value) =>
        DynamicValue.AsInteger(value) is { } number ? BigInteger.Abs(number) : Math.Abs(DynamicValue.ToDouble(value));

    private static BigInteger IntegerPower(BigInteger number, BigInteger times)
    {
        if (number.IsZero || BigInteger.Abs(number).IsOne)
            return times.IsZero ? BigInteger.One : number.Sign < 0 && times.IsEven ? BigInteger.One : number;
        return times <= MaxBits && number.GetBitLength() * (long)times <= MaxBits ? BigInteger.Pow(number, (int)times) : throw TooLarge();
    }

    // A single argument is taken apart: the characters of a text, the members of a list.
    private static object Extreme(List<object?> arguments, int sign)
    {
        List<object?> items = arguments is [var only] ? Items(only) : arguments;
        return items.Count > 0
            ? items.Aggregate((best, next) => DynamicValue.Compare(next, best) * sign > 0 ? next : best)!
            : throw new DynamicValueException("max and min take two values or more");
    }

    private static List<object?> Items(object? value) => value switch
    {
        string text => [.. text.Select(character => character.ToString())],
        List<object?> list => list,
        _ => [],
    };

    private static object Repeat(object value, BigInteger times)
    {
        int count = times.Sign <= 0 ? 0 : times <= MaxItems ? (int)times : throw TooLarge();
        List<object?> items = Items(value);
        if (!Fits(items.Count * (long)count))
            throw TooLarge();
        IEnumerable<object?> repeated = Enumerable.Repeat(items, count).SelectMany(item => item);
        return value is string ? string.Concat(repeated) : repeated.ToList();
    }

    private static List<object?> Joined(List<object?> first, List<object?> second) =>
        Fits(first.Count + second.Count) ? [.. first, .. second] : throw TooLarge();

    private static bool Fits(long items) => items <= MaxItems;

    private static DynamicValueException TooLarge() => new("a result is too large");
}
