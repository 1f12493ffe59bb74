using System.Collections;
using System.Globalization;
using System.Management.Automation;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Hints of the scheduler as they are typed: <c>@{ different_host = $web1, $web2 }</c>.</summary>
internal static class CinderHints
{
    /// <summary>Several values are joined by commas; a volume stands for its id.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a hint without value.</exception>
    public static IReadOnlyDictionary<string, string> Of(Hashtable table)
    {
        Dictionary<string, string> hints = [];
        foreach (DictionaryEntry entry in table)
        {
            string name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!;
            hints[name] = string.Join(',', Values(entry.Value));
            if (hints[name].Length == 0)
                throw new ServiceException(ErrorIds.ParameterInvalid, $"The hint '{name}' has no value.") { Target = name, Found = "nothing", Expected = "a text or a volume" };
        }

        return hints;
    }

    private static IEnumerable<string> Values(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => [],
        string text => [text],
        CinderVolume volume => [volume.VolumeId.ToString()],
        IEnumerable several => several.Cast<object?>().SelectMany(Values),
        { } other => [Convert.ToString(other, CultureInfo.InvariantCulture)!],
    };
}
