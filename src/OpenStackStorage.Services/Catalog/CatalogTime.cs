namespace OpenStackStorage.Services;

/// <summary>Times as the catalogue keeps them: microseconds since 1970 in UTC.</summary>
internal static class CatalogTime
{
    public static long ToNumber(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromNumber(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
