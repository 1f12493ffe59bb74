using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpenStackStorage.Rings;

/// <summary>
/// JSON to and from the values of a builder. Written as Python's <c>json.dumps(sort_keys=True)</c> does: <c>", "</c> and
/// <c>": "</c> between items, everything beyond ASCII escaped, floats in <c>repr</c>. Source: CPython, Lib/json/encoder.py.
/// </summary>
internal static class PythonJson
{
    /// <summary>A ring has three levels: the ring, its devices, their values.</summary>
    private const int MaximumDepth = 8;

    private const int FewValues = 1024;

    /// <summary>Reads one value: null, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c>, <see cref="PythonList"/> or <see cref="PythonDict"/>.</summary>
    /// <param name="name">Names the file in errors.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingFileCorrupt"/>.</exception>
    public static object? Parse(ReadOnlySpan<byte> json, string name)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        int values = 0;
        try
        {
            reader.Read();
            object? value = ReadValue(ref reader, json.Length, ref values, name);
            reader.Read(); // anything after the value is an error
            return value;
        }
        catch (JsonException error)
        {
            throw Corrupt(name, reader.BytesConsumed, error.Message);
        }
    }

    public static byte[] Write(object? value)
    {
        ArrayBufferWriter<byte> target = new();
        WriteValue(target, value);
        return target.WrittenSpan.ToArray();
    }

    private static object? ReadValue(ref Utf8JsonReader reader, int length, ref int values, string name)
    {
        if (++values > FewValues + (length / 3) && reader.TokenType is not (JsonTokenType.Null or JsonTokenType.Number))
            throw Corrupt(name, reader.TokenStartIndex, $"{values} values in {length} bytes are no ring");
        switch (reader.TokenType)
        {
            case JsonTokenType.Null: return null;
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Number: return ReadNumber(ref reader, name);
            case JsonTokenType.String: return ReadText(ref reader, name);
            case JsonTokenType.StartArray:
                PythonList list = new();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(ReadValue(ref reader, length, ref values, name));
                return list;
            default:
                PythonDict dict = new();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string key = ReadText(ref reader, name);
                    reader.Read();
                    dict.Set(key, ReadValue(ref reader, length, ref values, name));
                }

                return dict;
        }
    }

    /// <summary>Python tells 100 from 100.0, and so must a ring that is written again.</summary>
    private static object ReadNumber(ref Utf8JsonReader reader, string name)
    {
        if (reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0)
            return reader.GetDouble();
        return reader.TryGetInt64(out long integer)
            ? integer
            : throw Corrupt(name, reader.TokenStartIndex, "an integer is larger than any number in a ring");
    }

    /// <summary>The reader's own decoding refuses the lone surrogates that Python writes.</summary>
    private static string ReadText(ref Utf8JsonReader reader, string name)
    {
        ReadOnlySpan<byte> bytes = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
            return PythonText.TryFromUtf8(bytes, out string? text) ? text : throw Corrupt(name, reader.TokenStartIndex, "a text is not UTF-8");

        StringBuilder result = new(bytes.Length);
        while (bytes.Length > 0)
        {
            int plain = bytes.IndexOf((byte)'\\');
            ReadOnlySpan<byte> before = plain < 0 ? bytes : bytes[..plain];
            result.Append(PythonText.TryFromUtf8(before, out string? text) ? text : throw Corrupt(name, reader.TokenStartIndex, "a text is not UTF-8"));
            if (plain < 0)
                break;
            bool isCode = bytes[plain + 1] == (byte)'u';
            result.Append(isCode ? (char)ushort.Parse(bytes.Slice(plain + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : Unescape(bytes[plain + 1]));
            bytes = bytes[(plain + (isCode ? 6 : 2))..];
        }

        return result.ToString();
    }

    private static char Unescape(byte letter) => (char)letter switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\b',
        'f' => '\f',
        char same => same,
    };

    private static void WriteValue(ArrayBufferWriter<byte> target, object? value)
    {
        switch (value)
        {
            case null: target.Write("null"u8); break;
            case bool flag: target.Write(flag ? "true"u8 : "false"u8); break;
            case int or long: WriteAscii(target, string.Create(CultureInfo.InvariantCulture, $"{value}")); break;
            case double number: WriteAscii(target, Float(number)); break;
            case string text: WriteText(target, text); break;
            case PythonDict dict: WriteDict(target, dict); break;
            case IReadOnlyList<object?> list: WriteList(target, list); break;
            default: throw new NotSupportedException(value.GetType().Name);
        }
    }

    private static void WriteDict(ArrayBufferWriter<byte> target, PythonDict dict)
    {
        target.Write("{"u8);
        bool first = true;
        foreach ((object? key, object? value) in dict.Pairs.OrderBy(pair => (string)pair.Key!, StringComparer.Ordinal))
        {
            target.Write(first ? [] : ", "u8);
            WriteText(target, (string)key!);
            target.Write(": "u8);
            WriteValue(target, value);
            first = false;
        }

        target.Write("}"u8);
    }

    private static void WriteList(ArrayBufferWriter<byte> target, IReadOnlyList<object?> list)
    {
        target.Write("["u8);
        for (int i = 0; i < list.Count; i++)
        {
            target.Write(i == 0 ? [] : ", "u8);
            WriteValue(target, list[i]);
        }

        target.Write("]"u8);
    }

    private static void WriteText(ArrayBufferWriter<byte> target, string text)
    {
        target.Write("\""u8);
        foreach (char c in text)
        {
            switch (c)
            {
                case '"': target.Write("\\\""u8); break;
                case '\\': target.Write("\\\\"u8); break;
                case '\n': target.Write("\\n"u8); break;
                case '\r': target.Write("\\r"u8); break;
                case '\t': target.Write("\\t"u8); break;
                case '\b': target.Write("\\b"u8); break;
                case '\f': target.Write("\\f"u8); break;
                case >= ' ' and <= '~': target.Write([(byte)c]); break;
                default: WriteAscii(target, string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")); break;
            }
        }

        target.Write("\""u8);
    }

    /// <summary>Python's names for what JSON has no number for; it reads them too, other programs don't.</summary>
    private static string Float(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "Infinity" : "-Infinity" : PythonNumber.Repr(value);

    private static void WriteAscii(ArrayBufferWriter<byte> target, string text) => Encoding.ASCII.GetBytes(text, target);

    private static RingException Corrupt(string name, long at, string what) =>
        new(ErrorIds.RingFileCorrupt, string.Create(CultureInfo.InvariantCulture, $"'{name}': the JSON at byte {at} can't be read: {what}")) { Target = name, Found = what };
}
