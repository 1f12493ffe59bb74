using System.Collections;
using System.Management.Automation;
using System.Reflection;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of the cmdlets that set up backends: what can be said of one at any time.</summary>
public abstract class CinderBackendSettingsCmdlet : ServiceCmdlet
{
    [Parameter(HelpMessage = "The format of new volumes: Qcow2 by default, Raw or Vhdx.")]
    [ValidateSet("Qcow2", "Raw", "Vhdx")]
    public DiskImageFormat? Format { get; set; }

    [Parameter(HelpMessage = "Thin volumes take what is written; thick ones take all their space at once. Thin by default.")]
    [ValidateSet("thin", "thick")]
    public string? Provisioning { get; set; }

    [Parameter(HelpMessage = "What kind of medium it is, as ssd or sata: a capability that volume types may ask for. An empty text takes it back.")]
    public string? Tier { get; set; }

    [Parameter(HelpMessage = "Further options of the driver: @{ name = 'value' }.")]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    [Parameter(HelpMessage = "What volume types name in volume_backend_name; several backends may have one. By default the backend's name.")]
    [ValidateNotNullOrEmpty]
    public string? VolumeBackendName { get; set; }

    [Parameter(HelpMessage = "The availability zone, nova by default. Volumes come to another zone only where they name it.")]
    [ValidateNotNullOrEmpty]
    public string? AvailabilityZone { get; set; }

    [Parameter(HelpMessage = "Percent of the capacity that volumes never get.")]
    [ValidateRange(0, 100)]
    public int? ReservedPercentage { get; set; }

    [Parameter(HelpMessage = "How many times its capacity thin volumes may have, 1 or more; 20 by default, 0 for auto.")]
    [ValidateRange(0.0, 1e6)]
    public double? MaxOverSubscriptionRatio { get; set; }

    [Parameter(HelpMessage = "Capabilities that volume types may ask for: @{ tier = 'ssd' }.")]
    [ValidateNotNull]
    public Hashtable? Capability { get; set; }

    [Parameter(HelpMessage = "An expression that must be true for a volume to come here: 'volume.size < 100'. An empty text takes it back.")]
    public string? FilterFunction { get; set; }

    [Parameter(HelpMessage = "An expression from 0 to 100 that tells how good the backend is for a volume. An empty text takes it back.")]
    public string? GoodnessFunction { get; set; }

    [Parameter(HelpMessage = "What a deletion overwrites: None by default, or Zero.")]
    public VolumeClear? Wipe { get; set; }

    [Parameter(HelpMessage = "How much a deletion overwrites from the start, up to 1024MB; 0 for all.")]
    [ByteSize]
    public ulong? WipeSize { get; set; }

    [Parameter(HelpMessage = "Hold no images to clone volumes from.")]
    public SwitchParameter NoImageCache { get; set; }

    [Parameter(HelpMessage = "Most bytes of cached images, in whole GiB; 0 for no limit.")]
    [ByteSize]
    public ulong? ImageCacheMaxSize { get; set; }

    [Parameter(HelpMessage = "Most cached images; 0 for no limit.")]
    [ValidateRange(0, int.MaxValue)]
    public int? ImageCacheMaxCount { get; set; }

    /// <summary>The backend with what was said of it.</summary>
    private protected Backend Apply(Backend backend) => backend with
    {
        Options = Options(backend.Options),
        VolumeBackendName = VolumeBackendName ?? backend.VolumeBackendName,
        AvailabilityZone = AvailabilityZone ?? backend.AvailabilityZone,
        ReservedPercentage = ReservedPercentage ?? backend.ReservedPercentage,
        MaxOverSubscriptionRatio = MaxOverSubscriptionRatio is { } ratio ? (ratio == 0 ? null : ratio) : backend.MaxOverSubscriptionRatio,
        Capabilities = Capability is null ? backend.Capabilities : TextTable.Of(Capability),
        FilterFunction = FilterFunction is null ? backend.FilterFunction : NullIfEmpty(FilterFunction),
        GoodnessFunction = GoodnessFunction is null ? backend.GoodnessFunction : NullIfEmpty(GoodnessFunction),
        Clear = Wipe ?? backend.Clear,
        ClearSizeMiB = Sizes.ToMiB(WipeSize, nameof(WipeSize)) ?? backend.ClearSizeMiB,
        ImageCacheEnabled = Given(nameof(NoImageCache), NoImageCache) is { } none ? !none : backend.ImageCacheEnabled,
        ImageCacheMaxSizeGiB = ImageCacheMaxSize == 0 ? 0 : Sizes.ToGiB(ImageCacheMaxSize, nameof(ImageCacheMaxSize)) ?? backend.ImageCacheMaxSizeGiB,
        ImageCacheMaxCount = ImageCacheMaxCount ?? backend.ImageCacheMaxCount,
    };

    /// <summary>What is going to change, in words.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a change of nothing.</exception>
    private protected string Changes()
    {
        string[] parts =
        [
            .. typeof(CinderBackendSettingsCmdlet).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(property => MyInvocation.BoundParameters.ContainsKey(property.Name))
                .Select(property => $"{property.Name} {TextOf(property)}"),
        ];
        return parts.Length > 0
            ? $"Set {string.Join(", ", parts)}"
            : throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to change.") { Remedy = "Give at least one of -ReservedPercentage, -AvailabilityZone and the others." };
    }

    private string TextOf(PropertyInfo property) => property.GetValue(this) switch
    {
        Hashtable table => $"{{ {string.Join("; ", TextTable.Of(table).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} = '{pair.Value}'"))} }}",
        string text => $"'{text}'",
        ulong size => ByteSize.Format((long)Math.Min(size, long.MaxValue)),
        { } value => FormattableString.Invariant($"{value}"),
        null => "nothing",
    };

    private Dictionary<string, string> Options(IReadOnlyDictionary<string, string> before)
    {
        Dictionary<string, string> options = new(before);
        foreach ((string name, string value) in TextTable.Of(Option))
            options[name] = value;
        if (Format is { } format)
            options["format"] = ImageFormats.Get(format).Name;
        if (Provisioning is not null)
            options["provisioning"] = Provisioning.ToLowerInvariant();
        if (Tier is { Length: > 0 })
            options["tier"] = Tier;
        else if (Tier is not null)
            options.Remove("tier");
        return options;
    }

    // An empty text takes an expression back.
    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
