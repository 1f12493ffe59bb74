using System.Globalization;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>The two texts with escapes of protocol 0.</summary>
internal static class PickleEscapes
{
    /// <summary>STRING: a Python 2 literal in quotes.</summary>
    public static byte[] Unquote(ref PickleInput input, ReadOnlySpan<byte> literal)
    {
        if (literal.Length < 2 || literal[0] is not ((byte)'\'' or (byte)'"') || literal[^1] != literal[0])
            throw input.Corrupt("a string stands in no quotes");
        literal = literal[1..^1];
        List<byte> bytes = new(literal.Length);
        for (int i = 0; i < literal.Length; i++)
        {
            if (literal[i] != (byte)'\\')
            {
                bytes.Add(literal[i]);
                continue;
            }

            if (++i == literal.Length)
                throw input.Corrupt("a string ends within an escape");
            bytes.Add(literal[i] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'\\' or (byte)'\'' or (byte)'"' => literal[i],
                (byte)'x' => (byte)Hexadecimal(ref input, literal[(i + 1)..], 2),
                _ => throw input.Corrupt("a string has an escape that Python does not write"),
            });
            if (literal[i] == (byte)'x')
                i += 2;
        }

        return [.. bytes];
    }

    /// <summary>UNICODE: Latin-1 with \uXXXX and \UXXXXXXXX.</summary>
    public static string DecodeRawUnicode(ref PickleInput input, ReadOnlySpan<byte> line)
    {
        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = line[i] != (byte)'\\' || i + 1 == line.Length ? 0 : line[i + 1] switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 };
            if (digits == 0)
            {
                text.Append((char)line[i]);
                continue;
            }

            uint code = Hexadecimal(ref input, line[(i + 2)..], digits);
            if (code <= char.MaxValue)
                text.Append((char)code);
            else if (Rune.TryCreate(code, out Rune rune))
                text.Append(rune.ToString());
            else
                throw input.Corrupt("a text has an escape beyond Unicode");
            i += 1 + digits;
        }

        return text.ToString();
    }

    private static uint Hexadecimal(ref PickleInput input, ReadOnlySpan<byte> rest, int digits) =>
        rest.Length >= digits && uint.TryParse(rest[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            ? value
            : throw input.Corrupt("an escape lacks digits");
}
