using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace OpenStackStorage.Rings;

/// <summary>
/// UTF-8 as Python's <c>surrogatepass</c> has it. Bytes of a command line that were no text become lone surrogates in
/// Python; builder files hold them, so they are kept in both directions.
/// </summary>
internal static class PythonText
{
    /// <summary>Text, or a Python 2 <c>str</c> as UTF-8; where it is not, its bytes as Latin-1, so that none is lost.</summary>
    public static bool TryGet(object? value, [NotNullWhen(true)] out string? text)
    {
        text = value switch
        {
            string known => known,
            PythonBytes { Bytes: var bytes } => TryFromUtf8(bytes, out string? utf8) ? utf8 : Encoding.Latin1.GetString(bytes),
            _ => null,
        };
        return text is not null;
    }

    /// <summary>Text from UTF-8, in which lone surrogates may stand as three bytes each.</summary>
    public static bool TryFromUtf8(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (Utf8.IsValid(utf8))
        {
            text = Encoding.UTF8.GetString(utf8);
            return true;
        }

        StringBuilder result = new(utf8.Length);
        while (utf8.Length > 0)
        {
            if (utf8 is [0xED, >= 0xA0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                result.Append((char)(0xD000 | ((utf8[1] & 0x3F) << 6) | (utf8[2] & 0x3F)));
                utf8 = utf8[3..];
                continue;
            }

            if (Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) != OperationStatus.Done)
                return false;
            result.Append(rune.ToString());
            utf8 = utf8[length..];
        }

        text = result.ToString();
        return true;
    }

    public static byte[] ToUtf8(string text)
    {
        ArrayBufferWriter<byte> bytes = new(Math.Max(1, text.Length));
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            int surrogate = FirstLoneSurrogate(rest);
            Encoding.UTF8.GetBytes(rest[..surrogate], bytes);
            if (surrogate == rest.Length)
                break;
            char lone = rest[surrogate];
            bytes.Write([(byte)(0xE0 | (lone >> 12)), (byte)(0x80 | ((lone >> 6) & 0x3F)), (byte)(0x80 | (lone & 0x3F))]);
            rest = rest[(surrogate + 1)..];
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Where a surrogate without its other half stands; the length where there is none.</summary>
    private static int FirstLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return i;
            i++;
        }

        return text.Length;
    }
}
