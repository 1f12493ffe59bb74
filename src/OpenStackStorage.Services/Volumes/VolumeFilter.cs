namespace OpenStackStorage.Services;

/// <summary>What a <see cref="VolumeQuery"/> asks beside the project.</summary>
internal static class VolumeFilter
{
    public static bool Matches(Volume volume, VolumeQuery query) =>
        Matches(query, volume.Id.Value, volume.Name, VolumeWords.Of(volume.Status), volume.Metadata)
        && (query.VolumeType is null || volume.VolumeType == query.VolumeType)
        && (query.Backend is null || VolumeHost.Matches(volume.Host, query.Backend))
        && (query.AvailabilityZone is null || volume.AvailabilityZone == query.AvailabilityZone)
        && (query.Bootable is null || volume.Bootable == query.Bootable);

    public static bool Matches(VolumeSnapshot snapshot, VolumeQuery query) =>
        Matches(query, snapshot.Id.Value, snapshot.Name, VolumeWords.Of(snapshot.Status), snapshot.Metadata)
        && (query.Volume is null || snapshot.Volume == query.Volume)
        && (query.VolumeType is null || snapshot.VolumeType == query.VolumeType);

    private static bool Matches(VolumeQuery query, Guid id, string? name, string status, IReadOnlyDictionary<string, string> metadata) =>
        (query.NamePatterns.Count == 0 || query.NamePatterns.Any(pattern => name is not null && Wildcards.IsMatch(pattern, name)))
        && (query.Ids.Count == 0 || query.Ids.Contains(id))
        && (query.Statuses.Count == 0 || query.Statuses.Contains(status))
        && query.Metadata.All(pair => metadata.GetValueOrDefault(pair.Key) == pair.Value);
}
