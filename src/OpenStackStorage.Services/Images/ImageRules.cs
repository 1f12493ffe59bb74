using System.Globalization;
using System.Text;

namespace OpenStackStorage.Services;

/// <summary>
/// What an image's attributes may be: the schema of Glance's <c>GET /v2/schemas/image</c> and the checks of
/// <c>glance/api/v2/images.py</c>. What is malformed is <see cref="ErrorIds.ParameterInvalid"/>, Glance's 400; what is not the
/// caller's to set is <see cref="ErrorIds.NotAuthorized"/>, Glance's 403.
/// </summary>
internal static class ImageRules
{
    /// <summary>Characters of a name, an owner, a tag, a member and a property's name.</summary>
    public const int MaxText = 255;

    /// <summary>UTF-8 bytes of a property's value: what Glance's column holds in MySQL.</summary>
    public const int MaxValue = 65_535;

    // images.py: _readonly_properties and _disallowed_properties.
    private static readonly HashSet<string> ReadOnlyNames =
    [
        "checksum", "created_at", "direct_url", "file", "id", "os_hash_algo", "os_hash_value", "schema", "self", "size",
        "status", "stores", "updated_at", "virtual_size",
    ];

    // images.py: _reserved_properties; domain/__init__.py: the same.
    private static readonly HashSet<string> ReservedNames = ["deleted", "deleted_at", "location", "locations"];

    // images.py: _base_properties that can be set.
    private static readonly HashSet<string> AttributeNames =
    [
        "container_format", "disk_format", "min_disk", "min_ram", "name", "os_hidden", "owner", "protected", "tags", "visibility",
    ];

    // etc/schema-image.json: a UUID or nothing.
    private static readonly HashSet<string> ImageReferences = ["kernel_id", "ramdisk_id"];

    public static void Check(ImageSpec spec)
    {
        CheckCommon(spec.Name, spec.Owner, spec.MinDisk, spec.MinRam, spec.Tags, spec.Properties);
        CheckFormats(spec.DiskFormat, spec.ContainerFormat);
    }

    public static void Check(ImageChange change)
    {
        CheckCommon(change.Name, change.Owner, change.MinDisk ?? 0, change.MinRam ?? 0, [.. change.Tags ?? [], .. change.AddTags], change.SetProperties);
        foreach (string name in change.RemoveProperties)
        {
            CheckSettable(name);
            if (change.SetProperties.ContainsKey(name))
                throw Invalid("property", name, "set and removed at once", "one of both");
        }
    }

    /// <summary>
    /// ami, ari and aki come in a container of the same name. Glance's v1 had this check (<c>glance/api/v1/images.py</c>, gone
    /// since Rocky); v2 has none, in <c>glance/api/v2/images.py</c> as little as in <c>glance/domain</c>. Heat still refuses the mix:
    /// <c>heat/engine/resources/openstack/glance/image.py</c>, <c>validate</c>.
    /// </summary>
    public static void CheckFormats(ImageDiskFormat? disk, ImageContainerFormat? container)
    {
        if (disk is null || container is null)
            return;
        string diskWord = ImageWords.Of(disk.Value), containerWord = ImageWords.Of(container.Value);
        if (diskWord != containerWord && (IsAmazon(diskWord) || IsAmazon(containerWord)))
            throw Invalid("container format", containerWord, $"{containerWord} around {diskWord}", "ami, ari and aki with a container of the same name only");
    }

    /// <summary>Domain, <c>Image.status</c>: both formats are there before data is.</summary>
    public static void RequireFormats(Image image)
    {
        string missing = string.Join(" and ", new[] { image.DiskFormat is null ? "disk_format" : null, image.ContainerFormat is null ? "container_format" : null }.OfType<string>());
        if (missing.Length > 0)
            throw Invalid("image", image.Id.ToString(), $"no {missing}", $"{missing} set before data is stored");
    }

    public static void CheckMember(string member) => CheckText("member", member);

    /// <summary>Each once, in ordinal order.</summary>
    public static IReadOnlyList<string> Normalize(IEnumerable<string> tags) => [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static void CheckCommon(
        string? name, string? owner, int minDisk, int minRam, IReadOnlyList<string> tags, IReadOnlyDictionary<string, string> properties)
    {
        if (name is not null)
            CheckText("name", name, allowEmpty: true);
        if (owner is not null)
            CheckText("owner", owner);
        CheckNumber("min_disk", minDisk);
        CheckNumber("min_ram", minRam);
        foreach (string tag in tags)
            CheckText("tag", tag);
        foreach ((string property, string value) in properties)
            CheckProperty(property, value);
    }

    private static void CheckProperty(string name, string value)
    {
        CheckSettable(name);
        CheckText("property", name);
        CheckUnicode($"value of property '{name}'", value);
        if (Encoding.UTF8.GetByteCount(value) > MaxValue)
            throw Invalid("property", name, $"a value of {Encoding.UTF8.GetByteCount(value)} bytes", $"at most {MaxValue} bytes");
        if (ImageReferences.Contains(name) && !ImageId.TryParse(value, out _))
            throw Invalid("property", name, $"'{value}'", "an image's id");
    }

    private static void CheckSettable(string name)
    {
        bool isReserved = ReservedNames.Contains(name) || name.StartsWith("os_glance", StringComparison.Ordinal);
        if (isReserved || ReadOnlyNames.Contains(name))
        {
            throw new ServiceException(ErrorIds.NotAuthorized, $"Attribute '{name}' is {(isReserved ? "reserved" : "read-only")}.")
            {
                Target = name,
                Remedy = "Choose another name for the property.",
            };
        }

        if (AttributeNames.Contains(name))
            throw Invalid("property", name, "the name of an attribute", "the attribute to be set itself, not as a property");
    }

    private static void CheckText(string what, string text, bool allowEmpty = false)
    {
        CheckUnicode(what, text);
        int characters = text.EnumerateRunes().Count();
        if (characters > MaxText || (characters == 0 && !allowEmpty))
            throw Invalid(what, text, $"{characters} characters", $"{(allowEmpty ? 0 : 1)} to {MaxText} characters");
    }

    // Neither can be stored and found again.
    private static void CheckUnicode(string what, string text)
    {
        if (text.Contains('\0') || Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text)
            throw Invalid(what, text, "a NUL character or half a surrogate pair", "valid Unicode text");
    }

    private static void CheckNumber(string what, int number)
    {
        if (number < 0)
            throw Invalid(what, number.ToString(CultureInfo.InvariantCulture), number.ToString(CultureInfo.InvariantCulture), $"0 to {int.MaxValue}");
    }

    private static bool IsAmazon(string word) => word is "ami" or "ari" or "aki";

    private static ServiceException Invalid(string what, string target, string found, string expected) =>
        new(ErrorIds.ParameterInvalid, $"The {what} is not valid: found {found}; expected {expected}.")
        {
            Target = target,
            Found = found,
            Expected = expected,
        };
}
