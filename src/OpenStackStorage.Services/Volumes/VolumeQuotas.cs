using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// One project's quotas of volumes and what it uses of them: <c>cinder/quota.py</c>. Limits are settings of the catalogue: those of
/// the project, then those for all, then Cinder's defaults; -1 is without limit. Use is summed from the rows and the
/// reservations of the very transaction, so that two processes can't both have the last GiB. It lives inside one transaction.
/// </summary>
public sealed class VolumeQuotas
{
    public const long Unlimited = -1;

    // cinder/db/constants.py.
    private const long Most = int.MaxValue;

    // cinder/volume/api.py: snapshots then don't count as GiB.
    private const string NoSnapshotGigabytes = "volumes/no_snapshot_gb_quota";

    private static readonly VolumeQuota[] PerType = [VolumeQuota.Volumes, VolumeQuota.Snapshots, VolumeQuota.Gigabytes];

    private readonly ICatalogReader _catalog;
    private readonly Lazy<IReadOnlyList<VolumeReservation>> _reservations;

    private VolumeQuotas(ICatalogReader catalog, string project, DateTimeOffset now)
    {
        _catalog = catalog;
        _reservations = new(() => [.. catalog.List(VolumeTables.Reservations, ("project", project)).Where(one => one.ExpiresAt > now)]);
        Project = project;
        CountsSnapshots = catalog.FindSetting(NoSnapshotGigabytes) is null;
    }

    public string Project { get; }

    /// <summary>Snapshots count as GiB, with the size that their volume had: not <c>no_snapshot_gb_quota</c>.</summary>
    public bool CountsSnapshots { get; }

    /// <param name="catalog">The transaction that decides by them.</param>
    public static VolumeQuotas Of(ICatalogReader catalog, string project, DateTimeOffset now) => new(catalog, project, now);

    /// <summary>Sets a quota. What is there already stays, even beyond it.</summary>
    /// <param name="resource">Cinder's name, also with a type's: <c>gigabytes_fast</c>.</param>
    /// <param name="project">Null for all projects that have none of their own.</param>
    /// <param name="limit">-1 for none, at most 2147483647; null to take the setting back.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public static void Set(ICatalogWriter catalog, string resource, string? project, long? limit)
    {
        (VolumeQuota quota, VolumeType? type) = Parse(catalog, resource);
        if (limit is < Unlimited or > Most)
        {
            throw new ServiceException(ErrorIds.ParameterInvalid,
                string.Create(CultureInfo.InvariantCulture, $"{resource} is not valid: found {limit}; expected -1 (no limit) to {Most}."))
            {
                Target = resource,
                Found = limit.Value.ToString(CultureInfo.InvariantCulture),
                Expected = $"-1 to {Most}",
            };
        }

        catalog.PutSetting(SettingOf(quota, type, project), limit?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Lets snapshots count as GiB, or not, in all projects.</summary>
    public static void SetCountsSnapshots(ICatalogWriter catalog, bool counts) => catalog.PutSetting(NoSnapshotGigabytes, counts ? null : "true");

    /// <summary>Cinder's name.</summary>
    /// <param name="type">The type's name; null for the total.</param>
    public static string NameOf(VolumeQuota quota, string? type) =>
        quota == VolumeQuota.PerVolumeGigabytes ? "per_volume_gigabytes" : ImageWords.Of(quota) + (type is null ? "" : $"_{type}");

    /// <summary>All resources: the totals, then those of each type.</summary>
    public IReadOnlyList<VolumeUsage> List() =>
    [
        .. Enum.GetValues<VolumeQuota>().Select(quota => Find(quota, null)),
        .. from type in _catalog.List(VolumeTables.Types) from quota in PerType select Find(quota, type),
    ];

    /// <summary>One resource.</summary>
    /// <param name="type">Null for the total.</param>
    public VolumeUsage Find(VolumeQuota quota, VolumeType? type) =>
        new(Project, NameOf(quota, type?.Name), InUse(quota, type), Reserved(quota, type), LimitOf(quota, type));

    /// <summary>Requires that one volume may have a size: <c>per_volume_gigabytes</c>.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QuotaExceeded"/>.</exception>
    public void RequireSize(int sizeGiB)
    {
        long limit = LimitOf(VolumeQuota.PerVolumeGigabytes, null);
        if (limit == Unlimited || sizeGiB <= limit)
            return;
        throw new ServiceException(ErrorIds.QuotaExceeded,
            string.Create(CultureInfo.InvariantCulture, $"A volume of project '{Project}' may have {limit} GiB at most (per_volume_gigabytes); {sizeGiB} GiB were asked for."))
        {
            Target = NameOf(VolumeQuota.PerVolumeGigabytes, null),
            Found = string.Create(CultureInfo.InvariantCulture, $"{sizeGiB} GiB"),
            Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} GiB"),
        };
    }

    /// <summary>Requires room in the totals and in those of a type; GiB are looked at first, as Cinder does.</summary>
    /// <param name="type">The type's name; null for none.</param>
    /// <param name="typeOnly">The totals don't change.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QuotaExceeded"/>.</exception>
    public void Require(VolumeCharge charge, string? type, bool typeOnly = false)
    {
        VolumeType? charged = type is null ? null : _catalog.List(VolumeTables.Types, ("name", type)).SingleOrDefault();
        foreach ((VolumeQuota quota, int asked) in charge.Parts.Where(part => part.Asked > 0))
        {
            if (!typeOnly)
                Require(quota, null, asked);
            if (charged is not null)
                Require(quota, charged, asked);
        }
    }

    private void Require(VolumeQuota quota, VolumeType? type, int asked)
    {
        long limit = LimitOf(quota, type);
        if (limit == Unlimited)
            return;
        VolumeUsage usage = Find(quota, type);
        if (usage.InUse + usage.Reserved + asked <= limit)
            return;
        string unit = quota == VolumeQuota.Gigabytes ? " GiB" : "";
        throw new ServiceException(ErrorIds.QuotaExceeded, string.Create(CultureInfo.InvariantCulture,
            $"{usage.Resource} of project '{Project}' is {limit}{unit}; {usage.InUse}{unit} are in use, {usage.Reserved}{unit} reserved, and {asked}{unit} more were asked for."))
        {
            Target = usage.Resource,
            Found = string.Create(CultureInfo.InvariantCulture, $"{usage.InUse + usage.Reserved + asked}{unit}"),
            Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit}{unit}"),
        };
    }

    // cinder/db/api.py, _sync_volumes and its siblings. Cached images are Cinder's volumes without use_quota.
    private long InUse(VolumeQuota quota, VolumeType? type) => quota switch
    {
        VolumeQuota.Volumes => Volumes(type).Count,
        VolumeQuota.Snapshots => Snapshots(type).Count,
        VolumeQuota.Gigabytes => Volumes(type).Sum + (CountsSnapshots ? Snapshots(type).Sum : 0),
        _ => 0,
    };

    private CatalogTotal Volumes(VolumeType? type) => type is null
        ? _catalog.Total(VolumeTables.Volumes, "size", ("project", Project), ("cached", 0))
        : _catalog.Total(VolumeTables.Volumes, "size", ("project", Project), ("cached", 0), ("type", type.Name));

    private CatalogTotal Snapshots(VolumeType? type) => type is null
        ? _catalog.Total(VolumeTables.Snapshots, "size", ("project", Project))
        : _catalog.Total(VolumeTables.Snapshots, "size", ("project", Project), ("type", type.Name));

    private long Reserved(VolumeQuota quota, VolumeType? type) =>
        _reservations.Value.Where(one => type is null ? !one.TypeOnly : one.VolumeType == type.Name).Sum(one => quota switch
        {
            VolumeQuota.Volumes => one.Volumes,
            VolumeQuota.Snapshots => one.Snapshots,
            VolumeQuota.Gigabytes => (long)one.Gigabytes,
            _ => 0,
        });

    private long LimitOf(VolumeQuota quota, VolumeType? type) =>
        FindLimit(SettingOf(quota, type, Project)) ?? FindLimit(SettingOf(quota, type, null)) ?? (type is null ? DefaultOf(quota) : Unlimited);

    private long? FindLimit(string setting) => _catalog.FindSetting(setting) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private static long DefaultOf(VolumeQuota quota) => quota switch
    {
        VolumeQuota.Volumes or VolumeQuota.Snapshots => 10,
        VolumeQuota.Gigabytes => 1000,
        _ => Unlimited,
    };

    private static (VolumeQuota Quota, VolumeType? Type) Parse(ICatalogReader catalog, string resource)
    {
        foreach (VolumeQuota quota in Enum.GetValues<VolumeQuota>())
        {
            if (resource == NameOf(quota, null))
                return (quota, null);
        }

        IReadOnlyList<VolumeType> types = catalog.List(VolumeTables.Types);
        foreach ((VolumeQuota quota, VolumeType type) in from quota in PerType from type in types select (quota, type))
        {
            if (resource == NameOf(quota, type.Name))
                return (quota, type);
        }

        string all = string.Join(", ", Enum.GetValues<VolumeQuota>().Select(quota => NameOf(quota, null)));
        throw new ServiceException(ErrorIds.ParameterInvalid, $"There is no quota '{resource}'. The quotas are: {all}; the first three also for a type, as volumes_fast.")
        {
            Target = resource,
            Found = resource,
            Expected = all,
        };
    }

    // By the type's id, which stays when its name changes. A project may be named like anything: it stands last.
    private static string SettingOf(VolumeQuota quota, VolumeType? type, string? project) =>
        $"quota/{NameOf(quota, type?.Id.ToString("D"))}{(project is null ? "" : $"/{project}")}";
}

/// <summary>What an operation adds to what a project uses.</summary>
public readonly record struct VolumeCharge(int Volumes, int Snapshots, int Gigabytes)
{
    /// <summary>In the order in which they are looked at.</summary>
    internal IReadOnlyList<(VolumeQuota Quota, int Asked)> Parts =>
        [(VolumeQuota.Gigabytes, Gigabytes), (VolumeQuota.Snapshots, Snapshots), (VolumeQuota.Volumes, Volumes)];
}
