using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>What Cinder's API holds names, metadata and sizes to: <c>cinder/api/schemas/volumes.py</c>, <c>cinder/utils.py</c>.</summary>
internal static class VolumeRules
{
    // Names, descriptions, keys and values of metadata: the columns' length.
    private const int MaxLength = 255;

    private const long GiB = 1L << 30;

    public static void CheckText(string name, string? text)
    {
        if (text?.Length > MaxLength)
            throw Invalid(name, $"{text.Length} characters", $"at most {MaxLength} characters");
    }

    public static void CheckMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        foreach ((string key, string value) in metadata)
        {
            if (key.Length is 0 or > MaxLength)
                throw Invalid("a key of the metadata", $"{key.Length} characters", $"1 to {MaxLength} characters");
            CheckText($"the metadata '{key}'", value);
        }
    }

    /// <summary>Bytes as GiB, rounded up.</summary>
    public static int RoundUp(long bytes) => checked((int)((bytes + GiB - 1) / GiB));

    /// <summary>Requires a size that a volume may have, and no less than what is to be in it.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeSizeInvalid"/>.</exception>
    public static void CheckSize(int sizeGiB, int least, string reason)
    {
        if (sizeGiB >= Math.Max(1, least))
            return;
        throw SizeInvalid(sizeGiB, string.Create(CultureInfo.InvariantCulture, $"at least {Math.Max(1, least)} GiB"), sizeGiB < 1 ? "a volume has 1 GiB at least" : reason);
    }

    /// <summary><c>provisioning:min_vol_size</c>, <c>provisioning:max_vol_size</c>: <c>volume_types.provision_filter_on_size</c>.</summary>
    public static void CheckSize(int sizeGiB, VolumeType? type)
    {
        if (Bound(type, "provisioning:min_vol_size") is { } least && sizeGiB < least)
            throw SizeInvalid(sizeGiB, string.Create(CultureInfo.InvariantCulture, $"at least {least} GiB"), $"the type '{type!.Name}' says so");
        if (Bound(type, "provisioning:max_vol_size") is { } most && sizeGiB > most)
            throw SizeInvalid(sizeGiB, string.Create(CultureInfo.InvariantCulture, $"at most {most} GiB"), $"the type '{type!.Name}' says so");
    }

    /// <summary>A type whose volumes may have several attachments.</summary>
    public static bool IsMultiattach(VolumeType? type) => type?.ExtraSpecs.GetValueOrDefault("multiattach") == "<is> True";

    public static ServiceException Invalid(string name, string found, string expected) =>
        new(ErrorIds.ParameterInvalid, $"{name} is not valid: found {found}; expected {expected}.")
        {
            Target = name,
            Found = found,
            Expected = expected,
        };

    private static int? Bound(VolumeType? type, string key) =>
        int.TryParse(type?.ExtraSpecs.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out int bound) ? bound : null;

    private static ServiceException SizeInvalid(int sizeGiB, string expected, string reason) =>
        new(ErrorIds.VolumeSizeInvalid, string.Create(CultureInfo.InvariantCulture, $"A volume of {sizeGiB} GiB can't be: {expected} are needed, because {reason}."))
        {
            Target = "Size",
            Found = string.Create(CultureInfo.InvariantCulture, $"{sizeGiB} GiB"),
            Expected = expected,
        };
}
