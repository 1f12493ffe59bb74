using System.Collections;
using System.Globalization;

namespace OpenStackStorage.Commands;

/// <summary>Reads -Option: a hashtable of the format's own options.</summary>
internal static class FormatOptions
{
    /// <summary>Names in lower case, values as text; $true and $false become "on" and "off".</summary>
    public static IReadOnlyDictionary<string, string> From(Hashtable? table)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table ?? [])
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{entry.Key}").ToLowerInvariant();
            options[name] = entry.Value switch
            {
                true => "on",
                false => "off",
                _ => string.Create(CultureInfo.InvariantCulture, $"{entry.Value}"),
            };
        }

        return options;
    }
}
