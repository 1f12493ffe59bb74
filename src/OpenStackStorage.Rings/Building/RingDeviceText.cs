using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>Reads a device's text from left to right, part by part. Source: swift/common/ring/utils.py.</summary>
internal ref struct RingDeviceText(string text)
{
    private ReadOnlySpan<char> _rest = text;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly RingException Invalid(string expected) =>
        new(ErrorIds.RingSearchInvalid, $"'{text}' can't be read: expected {expected}.") { Target = text, Found = text, Expected = expected };

    public bool Skip(char prefix)
    {
        if (_rest.IsEmpty || _rest[0] != prefix)
            return false;
        _rest = _rest[1..];
        return true;
    }

    /// <summary>A number after its letter; null if the letter is not there.</summary>
    public int? Number(char prefix)
    {
        if (!Skip(prefix))
            return null;
        int length = 0;
        while (length < _rest.Length && char.IsAsciiDigit(_rest[length]))
            length++;
        if (!int.TryParse(_rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw Invalid($"a number after '{prefix}'");
        _rest = _rest[length..];
        return number;
    }

    /// <summary>An IPv4 address, or an IPv6 address in brackets; null if neither is there.</summary>
    public string? Ip()
    {
        if (_rest.IsEmpty)
            return null;
        int length = 0;
        if (_rest[0] == '[')
        {
            length = _rest.IndexOf(']') + 1;
            if (length == 0)
                throw Invalid("']' after an IPv6 address");
        }
        else if (char.IsAsciiDigit(_rest[0]))
        {
            while (length < _rest.Length && (char.IsAsciiDigit(_rest[length]) || _rest[length] == '.'))
                length++;
        }

        if (length == 0)
            return null;
        string ip = _rest[..length].ToString().TrimStart('[').TrimEnd(']');
        _rest = _rest[length..];
        return RingAddress.NormalizeIp(ip);
    }

    /// <summary>
    /// An IP address and its port, up to the next 'R' or '/'. Of several colons the last is the port's, so an IPv6 address
    /// may stand without brackets here. Source: swift/common/ring/utils.py, parse_address.
    /// </summary>
    public (string Ip, int Port) Address(string form)
    {
        int length = _rest.IndexOfAny('R', '/');
        ReadOnlySpan<char> address = length < 0 ? _rest : _rest[..length];
        int colon = address.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw Invalid($"an address and a port up to {ushort.MaxValue}: {form}");
        _rest = _rest[address.Length..];
        address = address[..colon];
        return (RingAddress.NormalizeIp((address is ['[', .. var inner, ']'] ? inner : address).ToString()), port);
    }

    /// <summary>What follows '/', up to '_'; null if there is no '/'.</summary>
    public string? Device()
    {
        if (!Skip('/'))
            return null;
        int length = _rest.IndexOf('_');
        length = length < 0 ? _rest.Length : length;
        string device = _rest[..length].ToString();
        _rest = _rest[length..];
        return device;
    }

    /// <summary>All that follows '_'; null if there is no '_'.</summary>
    public string? Meta()
    {
        if (!Skip('_'))
            return null;
        string meta = _rest.ToString();
        _rest = [];
        return meta;
    }
}
