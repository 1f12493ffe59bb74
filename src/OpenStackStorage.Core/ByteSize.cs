using System.Globalization;

namespace OpenStackStorage;

/// <summary>
/// Sizes in bytes, read and shown as storage people write them. All units are powers of 1024,
/// as PowerShell's own <c>10GB</c> literal: "10G", "10GB" and "10GiB" are the same number.
/// </summary>
public static class ByteSize
{
    private const string Units = "KMGTPE";

    /// <summary>Reads "1073741824", "1G", "1.5 GiB", "10GB". No sign, no thousands separators.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.SizeInvalid"/>.</exception>
    public static ulong Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            digits++;
        ReadOnlySpan<char> unit = rest[digits..].Trim();
        if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || !TryParseUnit(unit, out int power))
        {
            throw Invalid(text, "a whole number of bytes, or a number with a unit K, M, G, T, P or E (KB, KiB ...)");
        }

        try
        {
            decimal bytes = number * (decimal)(1UL << (10 * power));
            if (bytes != decimal.Truncate(bytes))
                throw Invalid(text, "a whole number of bytes");
            return decimal.ToUInt64(bytes);
        }
        catch (OverflowException)
        {
            throw Invalid(text, "at most 16 EiB less one byte");
        }
    }

    /// <summary>Shows a size for people: "10 GiB", "1.5 MiB", "512 B". For views and messages only.</summary>
    public static string Format(long bytes)
    {
        if (bytes is > -1024 and < 1024)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        double value = bytes;
        int power = 0;
        while (Math.Abs(value) >= 1024 && power < Units.Length)
        {
            value /= 1024;
            power++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {Units[power - 1]}iB");
    }

    private static bool TryParseUnit(ReadOnlySpan<char> unit, out int power)
    {
        power = 0;
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase))
            return true;
        power = Units.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1;
        ReadOnlySpan<char> tail = unit[1..];
        return power > 0 && (tail.IsEmpty
            || tail.Equals("B", StringComparison.OrdinalIgnoreCase)
            || tail.Equals("iB", StringComparison.OrdinalIgnoreCase));
    }

    private static StorageException Invalid(string text, string expected) =>
        new(ErrorIds.SizeInvalid, $"'{text}' is not a size: expected {expected}.")
        {
            Target = text,
            Found = text,
            Expected = expected,
        };
}
