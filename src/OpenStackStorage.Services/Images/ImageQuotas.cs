using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// A limit of images. The first three are Glance's unified limits per project, the others its options. Glance's fourth,
/// <c>image_stage_total</c>, is of data that is staged for import.
/// </summary>
public enum ImageQuota
{
    /// <summary><c>image_size_total</c>: bytes of all data of a project. Glance counts MiB.</summary>
    SizeTotal,

    /// <summary><c>image_count_total</c>: images of a project.</summary>
    CountTotal,

    /// <summary><c>image_count_uploading</c>: images of a project whose data is arriving.</summary>
    CountUploading,

    /// <summary><c>image_size_cap</c>: bytes of one image.</summary>
    SizeCap,

    /// <summary><c>image_property_quota</c>: properties of one image.</summary>
    Properties,

    /// <summary><c>image_tag_quota</c>: tags of one image.</summary>
    Tags,

    /// <summary><c>image_member_quota</c>: members of one image.</summary>
    Members,

    /// <summary><c>image_location_quota</c>: locations of one image.</summary>
    Locations,
}

/// <summary>
/// One project's quotas, as settings of the catalogue: those of the project, then those for all, then Glance's defaults
/// (<c>glance/common/config.py</c>). -1 is without limit.
/// </summary>
public sealed class ImageQuotas
{
    public const long Unlimited = -1;

    private readonly long[] _limits;

    private ImageQuotas(string project, long[] limits)
    {
        Project = project;
        _limits = limits;
    }

    public string Project { get; }

    public long this[ImageQuota quota] => _limits[(int)quota];

    /// <summary>Reads them in the transaction that decides by them.</summary>
    public static ImageQuotas Of(ICatalogReader catalog, string project) =>
        new(project, [.. Enum.GetValues<ImageQuota>().Select(quota => Find(catalog, quota, project) ?? Find(catalog, quota, null) ?? DefaultOf(quota))]);

    /// <summary>Sets a quota.</summary>
    /// <param name="project">Null for all projects that have none of their own.</param>
    /// <param name="limit">-1 for none; null to take the setting back.</param>
    public static void Set(ICatalogWriter catalog, ImageQuota quota, string? project, long? limit)
    {
        if (limit < Unlimited)
        {
            throw new ServiceException(ErrorIds.ParameterInvalid, $"{NameOf(quota)} is not valid: found {limit}; expected -1 (no limit) or more.")
            {
                Target = NameOf(quota),
                Found = limit.Value.ToString(CultureInfo.InvariantCulture),
                Expected = "-1 or more",
            };
        }

        catalog.PutSetting(SettingOf(quota, project), limit?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Glance's name.</summary>
    public static string NameOf(ImageQuota quota) => quota switch
    {
        ImageQuota.SizeTotal => "image_size_total",
        ImageQuota.CountTotal => "image_count_total",
        ImageQuota.CountUploading => "image_count_uploading",
        ImageQuota.SizeCap => "image_size_cap",
        ImageQuota.Properties => "image_property_quota",
        ImageQuota.Tags => "image_tag_quota",
        ImageQuota.Members => "image_member_quota",
        _ => "image_location_quota",
    };

    /// <summary>True where the limit is of bytes; the others count.</summary>
    public static bool IsBytes(ImageQuota quota) => quota is ImageQuota.SizeTotal or ImageQuota.SizeCap;

    /// <param name="attempted">What there would be in all.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QuotaExceeded"/>.</exception>
    public void Require(ImageQuota quota, long attempted)
    {
        long limit = this[quota];
        if (limit == Unlimited || attempted <= limit)
            return;
        string unit = IsBytes(quota) ? " bytes" : "";
        throw new ServiceException(ErrorIds.QuotaExceeded,
            string.Create(CultureInfo.InvariantCulture, $"{NameOf(quota)} of project '{Project}' is {limit}{unit}; there would be {attempted}{unit}."))
        {
            Target = NameOf(quota),
            Found = string.Create(CultureInfo.InvariantCulture, $"{attempted}{unit}"),
            Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit}{unit}"),
        };
    }

    private static long DefaultOf(ImageQuota quota) => quota switch
    {
        ImageQuota.SizeCap => 1L << 40,
        ImageQuota.Properties or ImageQuota.Tags or ImageQuota.Members => 128,
        ImageQuota.Locations => 10,
        _ => Unlimited,
    };

    private static long? Find(ICatalogReader catalog, ImageQuota quota, string? project) =>
        catalog.FindSetting(SettingOf(quota, project)) is { } text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long limit)
            ? limit
            : null;

    // A project may be named like anything: it stands last.
    private static string SettingOf(ImageQuota quota, string? project) => project is null ? $"quota/{NameOf(quota)}" : $"quota/{NameOf(quota)}/{project}";
}
