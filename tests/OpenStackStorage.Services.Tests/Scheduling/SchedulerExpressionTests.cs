using System.Numerics;

namespace OpenStackStorage.Services.Tests.Scheduling;

/// <summary>Beside what is recorded: figures of Cinder's tests/unit/test_evaluator.py, limits and messages.</summary>
public sealed class SchedulerExpressionTests
{
    private static readonly ExpressionScopes _scopes = new()
    {
        ["stats"] = new Dictionary<string, object?> { ["iops"] = 1000, ["usage"] = 0.65, ["name"] = "foo", ["none"] = null },
        ["volume"] = new Dictionary<string, object?> { ["size"] = 4L },
    };

    [Theory]
    [InlineData("872 - 453 + 44 / 22 * 4 + 66", 493.0)]
    [InlineData("10/4+0.75    + 2", 5.25)]
    [InlineData("(1+2)*(3-1)/((1+(2-1)))", 3.0)]
    [InlineData("2.5 ^ 3", 15.625)]
    [InlineData("(((1 + max(1 + (10 / 20), 2, 3)) / 100) + 1)", 1.04)]
    public void Numbers_are_computed(string text, double value) => Assert.Equal(value, SchedulerExpression.Parse(text).Evaluate(_scopes));

    [Theory]
    [InlineData("stats.iops + volume.size", 1004)]
    [InlineData("-2 ^ 3", -8)]
    [InlineData("(1 > 2) ? 5 : 10", 10)]
    [InlineData("abs(-5)", 5)]
    [InlineData("stats.usage", 0)]
    public void Whole_numbers_stay_whole(string text, int value) => Assert.Equal(new BigInteger(value), SchedulerExpression.Parse(text).Evaluate(_scopes));

    [Theory]
    [InlineData("(1 == 1) AND NOT (5 == 2)", true)]
    [InlineData("(1 == 1) OR NOT (2 == 2) AND (5 == 5)", true)]
    [InlineData("stats.name != \"bar\"", true)]
    [InlineData("(1 == 1) && (2 == 2) && (1 == 2)", true)]
    [InlineData("((1 == 1) && (2 == 2)) && (1 == 2)", false)]
    public void Conditions_hold_as_in_Cinder(string text, bool value) => Assert.Equal(value, SchedulerExpression.Parse(text).Evaluate(_scopes));

    [Theory]
    [InlineData("1/*1", "'*' was not expected at character 3")]
    [InlineData("(1 + 2", "it ends too early")]
    [InlineData("", "it ends too early")]
    [InlineData("1 + \u00e9", "'\u00e9' was not expected at character 5")]
    public void What_is_no_expression_is_refused_with_its_place(string text, string reason)
    {
        ServiceException e = Assert.Throws<ServiceException>(() => SchedulerExpression.Parse(text));
        Assert.Equal(ErrorIds.SchedulerExpressionInvalid, e.Id);
        Assert.Equal(reason, e.Found);
        Assert.NotNull(e.Expected);
    }

    [Theory]
    [InlineData("7 / 0", "division by zero")]
    [InlineData("foo.bob + 5", "'foo' is not known: there are stats, volume")]
    [InlineData("stats.bob + 5", "'stats.bob' is not known")]
    [InlineData("stats.none + 1", "'stats.none' is nothing, neither a number nor text")]
    [InlineData("stats.name > 1", "'foo' and 1 have no order")]
    [InlineData("stats.iops and 1", "'and' is no function: there are abs, max and min")]
    [InlineData("9 ^ 9 ^ 9 ^ 9", "a result is too large")]
    [InlineData("10 ^ 20000 * 10 ^ 20000", "a result is too large")]
    [InlineData("\"ab\" * 40000", "a result is too large")]
    public void What_has_no_value_says_why(string text, string reason)
    {
        SchedulerExpression expression = SchedulerExpression.Parse(text);
        Assert.Equal(reason, Assert.Throws<ServiceException>(() => expression.Evaluate(_scopes)).Found);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("not (", ")")]
    [InlineData("not ", "")]
    [InlineData("- ", "")]
    [InlineData("a ", "")]
    [InlineData("1 ^ ", "")]
    [InlineData("1, ", "")]
    [InlineData("abs(", "")]
    public void Depth_has_a_limit(string opening, string closing)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(opening, depth)) + "1" + string.Concat(Enumerable.Repeat(closing, depth));
        if (opening != "abs(")
            SchedulerExpression.Parse(Nested(30));
        Assert.Equal("it is nested more than 64 deep", Assert.Throws<ServiceException>(() => SchedulerExpression.Parse(Nested(1000))).Found);
    }

    [Fact]
    public void Length_has_a_limit()
    {
        Assert.Equal(new BigInteger(4096), SchedulerExpression.Parse("1" + string.Concat(Enumerable.Repeat("+1", 4095))).Evaluate(_scopes));
        Assert.Equal("it has 8193 characters, more than 8192", Assert.Throws<ServiceException>(() => SchedulerExpression.Parse(new string('1', 8193))).Found);
    }
}
