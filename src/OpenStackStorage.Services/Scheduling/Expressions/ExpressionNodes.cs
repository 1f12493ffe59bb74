using System.Numerics;
using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>The maps that names refer to: <c>stats</c>, <c>capabilities</c>, <c>extra</c>, <c>qos</c>, <c>volume</c>.</summary>
internal sealed class ExpressionScopes : Dictionary<string, IReadOnlyDictionary<string, object?>>;

/// <summary>
/// A part of an expression, as Cinder's <c>scheduler/evaluator/evaluator.py</c> evaluates it. A value is a bool, a whole number,
/// a double, a string or a list.
/// </summary>
internal abstract class ExpressionNode
{
    /// <exception cref="DynamicValueException">It has no value.</exception>
    public abstract object Evaluate(ExpressionScopes scopes);
}

/// <summary>A number, a text in quotes, a name such as <c>stats.size</c>; any other word stands for itself.</summary>
internal sealed partial class OperandNode(string token) : ExpressionNode
{
    public override object Evaluate(ExpressionScopes scopes)
    {
        object? value = NamePattern().IsMatch(token) ? Look(scopes, token.IndexOf('.', StringComparison.Ordinal)) : token;
        return value switch
        {
            string text => DynamicValue.TryParseInteger(text) ?? DynamicValue.TryParseDouble(text) ?? (object)WithoutQuotes(text),
            bool yes => yes ? BigInteger.One : BigInteger.Zero,
            BigInteger number => number,
            // Cinder cuts fractions off: only text keeps them.
            double number => double.IsNaN(number) ? number : double.IsFinite(number) ? new BigInteger(number) : throw NoNumber(value),
            _ => throw NoNumber(value),
        };
    }

    private object? Look(ExpressionScopes scopes, int dot)
    {
        string scope = token[..dot], entry = token[(dot + 1)..];
        if (!scopes.TryGetValue(scope, out IReadOnlyDictionary<string, object?>? map))
            throw new DynamicValueException($"'{scope}' is not known: there are {string.Join(", ", scopes.Keys)}");
        return map.TryGetValue(entry, out object? value) ? DynamicValue.From(value) : throw new DynamicValueException($"'{token}' is not known");
    }

    private DynamicValueException NoNumber(object? value) => new($"'{token}' is {DynamicValue.Describe(value)}, neither a number nor text");

    private static string WithoutQuotes(string text) =>
        text.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\A[a-zA-Z_]+\.[a-zA-Z_]+\z")]
    private static partial Regex NamePattern();
}

/// <summary>A sign, a negation or a function before its operand.</summary>
internal sealed class PrefixNode(ExpressionLevel level, string op, ExpressionNode operand) : ExpressionNode
{
    public override object Evaluate(ExpressionScopes scopes)
    {
        object value = operand.Evaluate(scopes);
        return level switch
        {
            ExpressionLevel.Function => ExpressionMath.Call(op, value),
            ExpressionLevel.Sign => ExpressionMath.Multiply(op == "+" ? BigInteger.One : BigInteger.MinusOne, value),
            _ => !DynamicValue.IsTruthy(value),
        };
    }
}

/// <summary>Operands of one level with the operators between them.</summary>
internal sealed class InfixNode(ExpressionLevel level, ExpressionNode first, IReadOnlyList<(string Operator, ExpressionNode Operand)> rest) : ExpressionNode
{
    public override object Evaluate(ExpressionScopes scopes)
    {
        object left = first.Evaluate(scopes);
        return level switch
        {
            ExpressionLevel.Comparison => Compare(left, scopes),
            ExpressionLevel.Ternary => rest[DynamicValue.IsTruthy(left) ? 0 : 1].Operand.Evaluate(scopes),
            // Both sides are evaluated, and of a longer chain only the first two: a and b and c is a and b.
            ExpressionLevel.And => Pick(left, rest[0].Operand.Evaluate(scopes), second: DynamicValue.IsTruthy(left)),
            ExpressionLevel.Or => Pick(left, rest[0].Operand.Evaluate(scopes), second: !DynamicValue.IsTruthy(left)),
            ExpressionLevel.Comma => Join(left, rest[0].Operand.Evaluate(scopes)),
            _ => rest.Aggregate(left, (value, part) => Apply(part.Operator, value, part.Operand.Evaluate(scopes))),
        };
    }

    private static object Pick(object left, object right, bool second) => second ? right : left;

    private static List<object?> Join(object left, object right) => right is List<object?> list ? [left, .. list] : [left, right];

    private static object Apply(string op, object left, object right) => op switch
    {
        "+" => ExpressionMath.Add(left, right),
        "-" => ExpressionMath.Subtract(left, right),
        "*" => ExpressionMath.Multiply(left, right),
        "/" => ExpressionMath.Divide(left, right),
        _ => ExpressionMath.Power(left, right),
    };

    private bool Compare(object left, ExpressionScopes scopes)
    {
        foreach ((string op, ExpressionNode operand) in rest)
        {
            object right = operand.Evaluate(scopes);
            if (!ExpressionMath.Holds(op, left, right))
                return false;
            left = right;
        }

        return true;
    }
}
