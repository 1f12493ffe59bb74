using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Chooses devices of a ring; all that is given must hold.</summary>
public sealed record RingDeviceFilter
{
    public IReadOnlyCollection<int> Ids { get; init; } = [];

    /// <summary>Swift's search value: <c>d1r2z3-10.0.0.1:6200/sda_meta</c> or any part of it.</summary>
    public string? Search { get; init; }

    public int? Region { get; init; }

    public int? Zone { get; init; }

    public string? Ip { get; init; }

    public string? Device { get; init; }

    /// <summary>The devices, in the order of Swift's own listing.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingDeviceNotFound"/> for an id that the ring has not, <see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public IReadOnlyList<RingDevice> Choose(IReadOnlyList<RingDevice?> devices)
    {
        foreach (int id in Ids)
        {
            if (id < 0 || id >= devices.Count || devices[id] is null)
                throw new RingException(ErrorIds.RingDeviceNotFound, FormattableString.Invariant($"The ring has no device {id}.")) { Found = FormattableString.Invariant($"{id}") };
        }

        RingDeviceSearch? search = Search is null ? null : RingDeviceSearch.Parse(Search);
        return
        [
            .. RingModels.InOrder(devices).Where(device =>
                (Ids.Count == 0 || Ids.Contains(device.Id.Value))
                && (search is null || search.Matches(device))
                && (Region is null || device.Region == Region)
                && (Zone is null || device.Zone == Zone)
                && (Ip is null || device.Ip == RingAddress.Normalize(Ip))
                && (Device is null || device.Device == Device)),
        ];
    }
}
