using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>
/// What names, texts and specs of types and QoS may be: <c>cinder/api/schemas/{volume_types,types_extra_specs,qos_specs}.py</c>. Stricter
/// than Cinder, which takes these values and fails later or ignores them: those of <c>multiattach</c> and of the size limits.
/// </summary>
internal static partial class VolumeTypeRules
{
    private const string IsTrue = "<is> True";

    private const string IsFalse = "<is> False";

    /// <summary>What is seen by who may not see sensitive specs: <c>cinder/policies/type_extra_specs.py</c>.</summary>
    public static IReadOnlyList<string> VisibleSpecs { get; } = ["RESKEY:availability_zones", "multiattach", "replication_enabled"];

    /// <summary>1 to 255 characters, not only spaces.</summary>
    public static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 255)
            throw VolumeRules.Invalid("The name", $"'{name}'", "1 to 255 characters, not only spaces");
    }

    /// <summary>At most 255 characters in one line.</summary>
    public static void CheckDescription(string? description)
    {
        VolumeRules.CheckText("The description", description);
        if (description?.Any(letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) == true)
            throw VolumeRules.Invalid("The description", "control characters", "one line of text");
    }

    /// <summary>Specs that come with a new type, or QoS specs.</summary>
    public static void CheckSpecs(IReadOnlyDictionary<string, string> specs) =>
        Check(specs, SpecKey(), "1 to 255 letters, digits, spaces, '-', '_', ':', '.' and '/'");

    /// <summary>Specs that are set on a type that is there: without spaces and slashes.</summary>
    public static void CheckAddedSpecs(IReadOnlyDictionary<string, string> specs) =>
        Check(specs, AddedSpecKey(), "1 to 255 letters, digits, '-', '_', ':' and '.'");

    /// <summary>A type's specs as a whole.</summary>
    public static void CheckMeaning(IReadOnlyDictionary<string, string> specs)
    {
        if (specs.TryGetValue("multiattach", out string? multiattach) && multiattach is not (IsTrue or IsFalse))
            throw VolumeRules.Invalid("The extra spec 'multiattach'", $"'{multiattach}'", $"'{IsTrue}' or '{IsFalse}'");
        if (multiattach == IsTrue && specs.GetValueOrDefault("cacheable") == IsTrue)
            throw VolumeRules.Invalid("The extra spec 'cacheable'", $"'{IsTrue}' with multiattach", "one of the two");
        foreach (string key in new[] { "provisioning:min_vol_size", "provisioning:max_vol_size" })
        {
            if (specs.TryGetValue(key, out string? size) && !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                throw VolumeRules.Invalid($"The extra spec '{key}'", $"'{size}'", "a whole number of GiB");
        }
    }

    private static void Check(IReadOnlyDictionary<string, string> specs, Regex key, string expected)
    {
        foreach ((string name, string value) in specs)
        {
            if (!key.IsMatch(name))
                throw VolumeRules.Invalid("The key of a spec", $"'{name}'", expected);
            VolumeRules.CheckText($"The spec '{name}'", value);
        }
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9\-_:. /]{1,255}\z")]
    private static partial Regex SpecKey();

    [GeneratedRegex(@"\A[a-zA-Z0-9\-_:.]{1,255}\z")]
    private static partial Regex AddedSpecKey();
}
