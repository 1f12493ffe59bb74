using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OpenStackStorage.Rings;

/// <summary>Addresses in the one form in which rings hold them. Source: swift/common/ring/utils.py, validate_and_normalize_address.</summary>
public static class RingAddress
{
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdef:.");

    /// <summary>An IPv4 address as it is, an IPv6 address in lower case and shortest form, a host name in lower case.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static string Normalize(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        string bare = address.TrimStart('[').TrimEnd(']').ToLowerInvariant();
        bool isBracketed = address.StartsWith('[') && address.EndsWith(']');
        return TryNormalizeIp(bare) ?? (!isBracketed && IsHostName(bare) ? bare : throw Invalid(address));
    }

    /// <summary>As <see cref="Normalize"/>, without host names.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    internal static string NormalizeIp(string address) => TryNormalizeIp(address.ToLowerInvariant()) ?? throw Invalid(address);

    private static string? TryNormalizeIp(string text)
    {
        if (IsIPv4(text))
            return text;
        bool mayBeIPv6 = text.Contains(':', StringComparison.Ordinal) && text.AsSpan().IndexOfAnyExcept(IPv6Characters) < 0;
        return mayBeIPv6 && IPAddress.TryParse(text, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? ip.ToString() : null;
    }

    /// <summary>Four decimal numbers without leading zeros, as inet_pton takes them.</summary>
    private static bool IsIPv4(string text)
    {
        string[] numbers = text.Split('.');
        return numbers.Length == 4 && Array.TrueForAll(numbers, static number =>
            byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) && (number.Length == 1 || number[0] != '0'));
    }

    private static bool IsHostName(string text)
    {
        if (text.Length is 0 or > 255)
            return false;
        return Array.TrueForAll(text.TrimEnd('.').Length == text.Length ? text.Split('.') : text[..^1].Split('.'), static label =>
            label.Length is >= 1 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'));
    }

    private static RingException Invalid(string address) =>
        new(ErrorIds.RingSearchInvalid, $"'{address}' is neither an IP address nor a host name.") { Target = address, Found = address };
}
