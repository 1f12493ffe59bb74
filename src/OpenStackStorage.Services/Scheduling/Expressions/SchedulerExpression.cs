namespace OpenStackStorage.Services;

/// <summary>
/// A filter or goodness function: <c>(stats.free_capacity_gb &gt; 100) ? 80 : 20</c>. Operators from the tightest: functions
/// <c>abs max min</c>, <c>^</c>, signs, <c>* /</c>, <c>+ -</c>, <c>! not</c>, comparisons, <c>? :</c>, <c>&amp;&amp; and</c>,
/// <c>|| or</c>, comma. Names: <c>stats capabilities extra qos volume</c>, a dot, letters and underscores. Immutable.
/// </summary>
public sealed class SchedulerExpression
{
    private readonly ExpressionNode _root;

    private SchedulerExpression(string text, ExpressionNode root)
    {
        Text = text;
        _root = root;
    }

    public string Text { get; }

    /// <summary>Reads an expression of at most 8192 characters, at most 64 deep.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SchedulerExpressionInvalid"/>; the message says where.</exception>
    public static SchedulerExpression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new(text, ExpressionParser.Parse(text));
        }
        catch (FormatException e)
        {
            throw Invalid(text, e.Message, e);
        }
    }

    /// <summary>A bool, a whole number, a double, a string or a list.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SchedulerExpressionInvalid"/>: it has no value.</exception>
    internal object Evaluate(ExpressionScopes scopes)
    {
        try
        {
            return _root.Evaluate(scopes);
        }
        catch (DynamicValueException e)
        {
            throw Invalid(Text, e.Message, e);
        }
    }

    public override string ToString() => Text;

    private static ServiceException Invalid(string text, string reason, Exception inner)
    {
        string shown = text.Length > 80 ? text[..80] + "..." : text;
        return new(ErrorIds.SchedulerExpressionInvalid, $"The expression '{shown}' has no value: {reason}.", inner)
        {
            Target = shown,
            Found = reason,
            Expected = "an expression of numbers, names such as stats.free_capacity_gb, operators, abs, max and min",
        };
    }
}
