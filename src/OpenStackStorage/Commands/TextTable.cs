using System.Collections;
using System.Globalization;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Properties, metadata and specs as they are typed: <c>@{ hw_disk_bus = 'scsi'; os_require_quiesce = $true }</c>.</summary>
internal static class TextTable
{
    /// <summary>In OpenStack all of them are text; True and False are what its clients send for booleans.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a name or value that is null.</exception>
    public static IReadOnlyDictionary<string, string> Of(Hashtable table)
    {
        Dictionary<string, string> properties = [];
        foreach (DictionaryEntry entry in table)
        {
            string name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!;
            properties[name] = Convert.ToString(entry.Value, CultureInfo.InvariantCulture) is { } value && entry.Value is not null
                ? value
                : throw new ServiceException(ErrorIds.ParameterInvalid, $"'{name}' has no value.")
                {
                    Target = name,
                    Found = "null",
                    Expected = "a text",
                };
        }

        return properties;
    }
}
