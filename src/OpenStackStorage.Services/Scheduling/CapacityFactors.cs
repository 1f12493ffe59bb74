using System.Globalization;
using System.Numerics;

namespace OpenStackStorage.Services;

/// <summary>
/// What a pool can still promise. Cinder, <c>scheduler/sched_utils.py</c>, <c>calculate_capacity_factors</c>; all in GiB, the
/// available and the virtual free rounded to two decimals as there.
/// </summary>
/// <param name="Reserved">The part that volumes never get, rounded down.</param>
/// <param name="Available">What may be promised in all: without the reserve and, where thin, times the over-subscription ratio.</param>
/// <param name="VirtualFree">What may still be promised.</param>
/// <param name="IsThin">Computed with the over-subscription ratio.</param>
public readonly record struct CapacityFactors(double Reserved, double Available, double VirtualFree, bool IsThin)
{
    /// <summary><c>max_over_subscription_ratio</c>, <c>volume/driver.py</c>; also what <c>auto</c> means for an empty pool.</summary>
    public const double DefaultOverSubscriptionRatio = 20.0;

    /// <param name="ratio">How many times the capacity may be promised where the pool is thin.</param>
    /// <param name="wantsThin">False where the type asks for thick volumes.</param>
    /// <remarks>A free capacity that is not known does not count.</remarks>
    /// <exception cref="InvalidOperationException">The total capacity is not known.</exception>
    public static CapacityFactors Of(PoolState pool, double ratio, bool wantsThin)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (!pool.TotalCapacityGiB.IsKnown)
            throw new InvalidOperationException("a total capacity that is not known can not be computed with");
        double total = pool.TotalCapacityGiB.GiB;
        double reserved = Math.Floor(total * (pool.ReservedPercentage / 100));
        bool isThin = wantsThin && pool.ThinProvisioningSupport;
        double available = isThin ? (total - reserved) * ratio : total - reserved;
        double unpromised = available - pool.ProvisionedCapacityGiB;
        double virtualFree = !isThin && pool.FreeCapacityGiB is { IsKnown: true } free ? Math.Min(free.GiB, unpromised) : unpromised;
        return new(reserved, Round(available), Round(virtualFree), isThin);
    }

    /// <summary>The ratio that a backend's setting means for a pool. <c>calculate_max_over_subscription_ratio</c>.</summary>
    /// <param name="setting">At least 1; null for <c>auto</c>.</param>
    /// <returns>1 where the pool is not thin or does not know its capacity, and the ratio is never asked.</returns>
    public static double OverSubscriptionRatio(double? setting, PoolState pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (!pool.ThinProvisioningSupport || !pool.TotalCapacityGiB.IsKnown || pool.FreeCapacityGiB is { IsKnown: false })
            return 1;
        if (setting is { } ratio)
            return ratio;
        double used = pool.TotalCapacityGiB.GiB - (pool.FreeCapacityGiB?.GiB ?? 0);
        return pool.ProvisionedCapacityGiB == 0 ? DefaultOverSubscriptionRatio : 1 + pool.ProvisionedCapacityGiB / (used + 1);
    }

    /// <summary>Two decimals, by the number's exact value, halves to the even one: what Python's <c>round(x, 2)</c> is.</summary>
    internal static double Round(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF) - 1075;
        if (exponent >= 0 || !double.IsFinite(value))
            return value;
        if (exponent < -1000)
            return 0;
        BigInteger scaled = ((bits & (1L << 52) - 1) | 1L << 52) * (BigInteger)100, unit = BigInteger.One << -exponent;
        BigInteger hundredths = BigInteger.DivRem(scaled, unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || half == 0 && !hundredths.IsEven)
            hundredths++;
        return Math.CopySign(double.Parse($"{hundredths}e-2", CultureInfo.InvariantCulture), value);
    }
}
