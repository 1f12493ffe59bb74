namespace OpenStackStorage.Services;

/// <summary>
/// Who was made from whom, as one identity may see it: image, cached image, volume, snapshot, clone; and layers that outlived
/// their volume. Who was removed is passed over where no layer of it is left.
/// </summary>
internal sealed class DependencyTree
{
    private readonly Dictionary<VolumeId, Volume> _volumes;
    private readonly Dictionary<SnapshotId, VolumeSnapshot> _snapshots;
    private readonly Dictionary<VolumeId, IReadOnlyList<DriverLayer>> _layers = [];
    private readonly Func<Volume, IReadOnlyList<DriverLayer>> _layersOf;
    private readonly Func<ImageId, string?> _nameOf;
    private readonly ILookup<Node?, Volume> _children;

    /// <param name="volumes">Those that may be seen, cached images too.</param>
    public DependencyTree(IEnumerable<Volume> volumes, IEnumerable<VolumeSnapshot> snapshots, Func<Volume, IReadOnlyList<DriverLayer>> layersOf, Func<ImageId, string?> nameOf)
    {
        _volumes = volumes.ToDictionary(volume => volume.Id);
        _snapshots = snapshots.ToDictionary(snapshot => snapshot.Id);
        (_layersOf, _nameOf) = (layersOf, nameOf);
        _children = _volumes.Values.ToLookup(ParentOf);
    }

    private enum Kind
    {
        Image,
        CachedImage,
        Volume,
        Snapshot,
        Layer,
    }

    /// <summary>The tree that a volume stands in, from its root.</summary>
    public VolumeDependency Of(VolumeId subject)
    {
        Node root = NodeOf(_volumes[subject]);
        HashSet<Node> passed = [];
        while (passed.Add(root) && Above(root) is { } above)
            root = above;
        return Build(root, subject, []);
    }

    private Node? Above(Node node) => node.Kind switch
    {
        Kind.Snapshot => NodeOf(_volumes[_snapshots[new SnapshotId(Guid.Parse(node.Id))].Volume]),
        Kind.Volume or Kind.CachedImage => ParentOf(_volumes[new VolumeId(Guid.Parse(node.Id))]),
        _ => null,
    };

    private Node? ParentOf(Volume volume)
    {
        if (volume.Cached is { } cached)
            return new Node(Kind.Image, cached.Image.ToString());
        if (volume.SourceSnapshot is { } snapshot && _snapshots.TryGetValue(snapshot, out VolumeSnapshot? source) && _volumes.ContainsKey(source.Volume))
            return new Node(Kind.Snapshot, snapshot.ToString());
        if (volume.SourceVolume is { } original && _volumes.TryGetValue(original, out Volume? from))
            return NodeOf(from);
        if (LayersOf(volume).FirstOrDefault(layer => layer.Volume != volume.Id) is { } shared)
            return HolderOf(shared, volume) is { } holder ? NodeOf(holder) : new Node(Kind.Layer, shared.Name);
        return volume.SourceImage is { } image ? new Node(Kind.Image, image.ToString()) : null;
    }

    /// <summary>Whose layer it is; where its driver does not say, the cached image of the volume's image that reads it too.</summary>
    private Volume? HolderOf(DriverLayer layer, Volume volume) => layer.Volume is { } owner
        ? _volumes.GetValueOrDefault(owner)
        : _volumes.Values.FirstOrDefault(entry => entry.Cached?.Image == volume.SourceImage && volume.SourceImage is not null && LayersOf(entry).Any(one => one.Name == layer.Name));

    private VolumeDependency Build(Node node, VolumeId subject, HashSet<Node> passed)
    {
        IEnumerable<Volume> made = passed.Add(node) ? _children[node] : [];
        IEnumerable<Node> kept = node.Kind == Kind.Volume ? _snapshots.Values.Where(snapshot => snapshot.Volume.ToString() == node.Id).OrderBy(snapshot => snapshot.CreatedAt)
            .Select(snapshot => new Node(Kind.Snapshot, snapshot.Id.ToString())) : [];
        return new VolumeDependency(node.Kind.ToString(), node.Id, NameOf(node), IsLinked(node), node == new Node(Kind.Volume, subject.ToString()),
            [.. kept.Concat(made.OrderBy(volume => volume.CreatedAt).Select(NodeOf)).Select(child => Build(child, subject, passed))]);
    }

    private string? NameOf(Node node) => node.Kind switch
    {
        Kind.Image => ImageId.TryParse(node.Id, out ImageId image) ? _nameOf(image) : null,
        Kind.Snapshot => _snapshots[new SnapshotId(Guid.Parse(node.Id))].Name,
        Kind.Layer => null,
        _ => _volumes[new VolumeId(Guid.Parse(node.Id))].Name,
    };

    private bool IsLinked(Node node) => node.Kind == Kind.Snapshot
        || (node.Kind == Kind.Volume && LayersOf(_volumes[new VolumeId(Guid.Parse(node.Id))]).Any(layer => layer.Volume?.ToString() != node.Id));

    private IReadOnlyList<DriverLayer> LayersOf(Volume volume)
    {
        if (!_layers.TryGetValue(volume.Id, out IReadOnlyList<DriverLayer>? layers))
            _layers[volume.Id] = layers = volume.Host is null ? [] : _layersOf(volume);
        return layers;
    }

    private static Node NodeOf(Volume volume) => new(volume.Cached is null ? Kind.Volume : Kind.CachedImage, volume.Id.ToString());

    private sealed record Node(Kind Kind, string Id);
}
