using System.Numerics;
using System.Text;

namespace OpenStackStorage.Services;

/// <summary>
/// The operators of expressions with Python's rules. Lists, which a comma makes, only go to functions and comparisons; Cinder
/// would also join and repeat them.
/// </summary>
internal static class ExpressionMath
{
    // Python computes powers of any size until the memory is full.
    private const long MaxBits = 1 << 16;
    private const int MaxText = 1 << 12;

    public static object Add(object left, object right)
    {
        if (DynamicValue.AsInteger(left) is { } a && DynamicValue.AsInteger(right) is { } b)
            return a + b;
        return left is string first && right is string second
            ? Limited(first.Length + (long)second.Length, () => first + second)
            : DynamicValue.ToDouble(left) + DynamicValue.ToDouble(right);
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
        if (left is string || right is string)
            return Repeat(left as string ?? right as string, left is string ? b : a);
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
            "max" when arguments.Count > 1 => arguments.Aggregate((best, next) => DynamicValue.Compare(next, best) > 0 ? next : best)!,
            "min" when arguments.Count > 1 => arguments.Aggregate((best, next) => DynamicValue.Compare(next, best) < 0 ? next : best)!,
            "abs" => throw new DynamicValueException("abs takes one number"),
            "max" or "min" => throw new DynamicValueException($"{function} takes two numbers or more"),
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

    private static string Repeat(string? text, BigInteger? times)
    {
        if (text is null || times is not { } count)
            throw new DynamicValueException("text can only be multiplied by a whole number");
        if (count.Sign <= 0 || text.Length == 0)
            return "";
        return count <= MaxText
            ? Limited(text.Length * (long)count, () => new StringBuilder().Insert(0, text, (int)count).ToString())
            : throw TooLarge();
    }

    private static string Limited(long length, Func<string> make) => length <= MaxText ? make() : throw TooLarge();

    private static DynamicValueException TooLarge() => new("a result is too large");
}
