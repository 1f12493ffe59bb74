using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>The fields of one dict of a file, each asked for by name and type; a wrong one is named.</summary>
/// <param name="dict">The dict.</param>
/// <param name="file">Names the file in errors.</param>
/// <param name="what">Names the dict in errors: "device 5".</param>
internal readonly struct PythonFields(PythonDict dict, string file, string what)
{
    public PythonDict Dict => dict;

    public bool Has(string key) => dict.TryGet(key, out _);

    public object? Get(string key) => dict.TryGet(key, out object? value) ? value : throw Missing(key);

    public object? GetOrNull(string key) => dict.TryGet(key, out object? value) ? value : null;

    public long Integer(string key, long minimum, long maximum) =>
        IntegerOrNull(key, minimum, maximum) ?? throw (Has(key) ? Wrong(key, Get(key), "an integer") : Missing(key));

    public int Integer(string key) => (int)Integer(key, int.MinValue, int.MaxValue);

    /// <summary>Null for None and for a field that is not there.</summary>
    public long? IntegerOrNull(string key, long minimum, long maximum) => GetOrNull(key) switch
    {
        null => null,
        long value when value >= minimum && value <= maximum => value,
        long value => throw Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}")),
        var other => throw Wrong(key, other, "an integer"),
    };

    public FileNumber Number(string key) => NumberOrNull(key) ?? throw (Has(key) ? Wrong(key, null, "a number") : Missing(key));

    public FileNumber? NumberOrNull(string key) => GetOrNull(key) switch
    {
        null => null,
        double value => new FileNumber(value),
        long value and > -(1L << 53) and < 1L << 53 => new FileNumber(value, IsInteger: true),
        var other => throw Wrong(key, other, "a number"),
    };

    public bool Boolean(string key) => Get(key) switch
    {
        bool value => value,
        long value => value != 0,
        null => false,
        var other => throw Wrong(key, other, "True or False"),
    };

    public string Text(string key) => TextOrNull(key) ?? throw (Has(key) ? Wrong(key, null, "a text") : Missing(key));

    public string? TextOrNull(string key)
    {
        object? value = GetOrNull(key);
        if (value is null)
            return null;
        return PythonText.TryGet(value, out string? text) ? text : throw Wrong(key, value, "a text");
    }

    public PythonList List(string key) => Get(key) as PythonList ?? throw Wrong(key, Get(key), "a list");

    public RingException Wrong(string key, object? found, string expected)
    {
        string shown = found switch
        {
            null => "None",
            double value => PythonNumber.Repr(value),
            bool or long => string.Create(CultureInfo.InvariantCulture, $"{found}"),
            string => "a text",
            PythonList => "a list",
            PythonDict => "a dict",
            PythonArray => "an array",
            _ => "something else",
        };
        return new(ErrorIds.RingFileCorrupt, $"'{file}': {what}: '{key}' is {shown}; {expected} was expected.") { Target = file, Found = shown, Expected = expected };
    }

    public RingException Corrupt(string problem) => new(ErrorIds.RingFileCorrupt, $"'{file}': {what}: {problem}.") { Target = file, Found = problem };

    public RingException NotSupported(string problem) => new(ErrorIds.RingFileNotSupported, $"'{file}': {what}: {problem}.") { Target = file, Found = problem };

    private RingException Missing(string key) => Corrupt($"'{key}' is missing");
}
