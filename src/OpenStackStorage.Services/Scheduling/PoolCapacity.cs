using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// A capacity as a pool reports it: a number of GiB, <c>infinite</c> or <c>unknown</c>. Cinder treats the two words alike: no
/// limit is known, so nothing is computed with it.
/// </summary>
public readonly record struct PoolCapacity
{
    private readonly string? _word;

    private PoolCapacity(double gib, string? word)
    {
        GiB = gib;
        _word = word;
    }

    public static PoolCapacity Infinite { get; } = new(0, "infinite");

    public static PoolCapacity Unknown { get; } = new(0, "unknown");

    /// <summary>GiB; may be negative where a backend says so. 0 where <see cref="IsKnown"/> is false.</summary>
    public double GiB { get; }

    /// <summary>True for a number.</summary>
    public bool IsKnown => _word is null;

    public static PoolCapacity FromDouble(double gib) => new(gib, null);

    public static implicit operator PoolCapacity(double gib) => FromDouble(gib);

    /// <summary>As it is compared in expressions and queries: a number, or one of the words.</summary>
    internal object ToDynamic() => _word ?? (object)GiB;

    /// <summary><c>12.4 GiB</c>, at most two decimals, or the word.</summary>
    public override string ToString() => _word ?? SchedulerText.GiB(GiB);
}

/// <summary>Numbers in the scheduler's sentences.</summary>
internal static class SchedulerText
{
    public static string GiB(double gib) => Number(gib) + " GiB";

    /// <summary>At most two decimals, as Cinder rounds capacities.</summary>
    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
