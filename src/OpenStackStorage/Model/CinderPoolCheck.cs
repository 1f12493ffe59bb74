namespace OpenStackStorage.Model;

/// <summary>One filter's or weigher's answer on one pool: what Find-CinderPool -Explain shows.</summary>
public sealed class CinderPoolCheck
{
    /// <summary><c>host@backend#pool</c>.</summary>
    public required string Pool { get; init; }

    /// <summary><c>Filter</c>, <c>Weigher</c>, <c>State</c> (up and enabled, or not) or <c>Result</c>.</summary>
    public required string Step { get; init; }

    /// <summary>The filter's or weigher's name.</summary>
    public required string Name { get; init; }

    /// <summary>True where the pool is still in; null for weighers.</summary>
    public bool? Passes { get; init; }

    /// <summary>The weigher's own number: GiB, volumes, goodness.</summary>
    public double? Raw { get; init; }

    /// <summary>What it counts in the sum: the number between 0 and 1, times the multiplier.</summary>
    public double? Weight { get; init; }

    /// <summary>Why, with numbers.</summary>
    public string? Reason { get; init; }

    public override string ToString() => $"{Pool} {Name}";
}
