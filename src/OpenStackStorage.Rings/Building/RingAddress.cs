using System.Globalization;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>
/// Addresses in the one form in which rings hold them: texts are compared and sorted there, so it must be the very form
/// of the C library's <c>inet_ntop</c>, which .NET's differs from.
/// Source: swift/common/ring/utils.py, validate_and_normalize_ip and validate_and_normalize_address.
/// </summary>
public static class RingAddress
{
    private const int MaximumHostName = 255;
    private const int MaximumLabel = 63;
    private const int Groups = 8;

    /// <summary>An IPv4 address as it is, an IPv6 address in lower case and shortest form, a host name in lower case.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static string Normalize(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return TryNormalize(address) ?? throw Invalid(address);
    }

    /// <summary>As <see cref="Normalize"/>; null where that throws.</summary>
    internal static string? TryNormalize(string address)
    {
        string bare = address.TrimStart('[').TrimEnd(']').ToLowerInvariant();
        bool isBracketed = address.StartsWith('[') && address.EndsWith(']');
        return TryNormalizeIp(bare) ?? (!isBracketed && IsHostName(bare) ? bare : null);
    }

    /// <summary>As <see cref="Normalize"/>, without brackets and host names.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    internal static string NormalizeIp(string address) => TryNormalizeIp(address.ToLowerInvariant()) ?? throw Invalid(address);

    private static string? TryNormalizeIp(string text)
    {
        Span<ushort> groups = stackalloc ushort[Groups];
        if (TryParseIPv4(text, out _))
            return text;
        return TryParseIPv6(text, groups) ? Format(groups) : null;
    }

    /// <summary>RFC 1123, 2.1.</summary>
    private static bool IsHostName(string text)
    {
        if (text.Length is 0 or > MaximumHostName)
            return false;
        ReadOnlySpan<char> name = text.EndsWith('.') ? text.AsSpan()[..^1] : text;
        foreach (Range part in name.Split('.'))
        {
            ReadOnlySpan<char> label = name[part];
            if (label.Length is 0 or > MaximumLabel || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                    return false;
            }
        }

        return true;
    }

    /// <summary>Four decimal numbers without leading zeroes, as <c>inet_pton</c> takes them.</summary>
    private static bool TryParseIPv4(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        int count = 0;
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> number = text[part];
            if (++count > 4 || number.Length is 0 or > 3 || (number.Length > 1 && number[0] == '0')
                || !byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
                return false;
            address = (address << 8) | value;
        }

        return count == 4;
    }

    private static bool TryParseIPv6(ReadOnlySpan<char> text, Span<ushort> groups)
    {
        groups.Clear();
        int count = 0;
        int gap = -1;
        if (text.StartsWith("::"))
        {
            gap = 0;
            text = text[2..];
        }

        while (text.Length > 0)
        {
            int end = text.IndexOf(':');
            ReadOnlySpan<char> group = end < 0 ? text : text[..end];
            if (end < 0 && count <= Groups - 2 && TryParseIPv4(group, out uint address))
            {
                groups[count++] = (ushort)(address >> 16);
                groups[count++] = (ushort)address;
                break;
            }

            if (count == Groups || group.Length is 0 or > 4 || !ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out groups[count++]))
                return false;
            if (end < 0)
                break;
            text = text[(end + 1)..];
            if (text.StartsWith(':'))
            {
                if (gap >= 0)
                    return false;
                gap = count;
                text = text[1..];
            }
            else if (text.IsEmpty)
            {
                return false;
            }
        }

        if (gap < 0)
            return count == Groups;
        if (count == Groups)
            return false;
        groups[gap..count].CopyTo(groups[(Groups - count + gap)..]);
        groups[gap..(Groups - count + gap)].Clear();
        return true;
    }

    /// <summary>The first longest run of two zeroes or more is left out; mapped and compatible IPv4 addresses keep their dots.</summary>
    private static string Format(ReadOnlySpan<ushort> groups)
    {
        (int gap, int length) = LongestZeroes(groups);
        bool dotted = gap == 0 && (length == 6 || (length == 5 && groups[5] == 0xFFFF));
        int end = dotted ? 6 : Groups;
        StringBuilder text = new();
        for (int i = 0; i < end; i++)
        {
            if (i >= gap && i < gap + length)
            {
                if (i == gap)
                    text.Append(':');
                continue;
            }

            if (i > 0)
                text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
        }

        if (dotted)
            text.Append(CultureInfo.InvariantCulture, $":{groups[6] >> 8}.{groups[6] & 0xFF}.{groups[7] >> 8}.{groups[7] & 0xFF}");
        else if (gap + length == Groups && length > 0)
            text.Append(':');
        return text.ToString();
    }

    private static (int Start, int Length) LongestZeroes(ReadOnlySpan<ushort> groups)
    {
        (int Start, int Length) best = (-1, 0);
        for (int start = 0; start < Groups; start++)
        {
            int length = 0;
            while (start + length < Groups && groups[start + length] == 0)
                length++;
            if (length > best.Length && length > 1)
                best = (start, length);
        }

        return best;
    }

    private static RingException Invalid(string address) =>
        new(ErrorIds.RingSearchInvalid, $"'{address}' is neither an IP address nor a host name.") { Target = address, Found = address };
}
