using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>One line of the tree that a volume stands in: the root first, then each thing before what was made from it.</summary>
public sealed class CinderVolumeDependency
{
    private readonly VolumeDependency _dependency;

    internal CinderVolumeDependency(VolumeDependency dependency, int depth)
    {
        _dependency = dependency;
        Depth = depth;
    }

    /// <summary>How far it is from the root: 0 for the root itself.</summary>
    public int Depth { get; }

    /// <summary><c>Image</c>, <c>CachedImage</c>, <c>Volume</c>, <c>Snapshot</c> or <c>Layer</c>.</summary>
    public string Kind => _dependency.Kind;

    /// <summary>Null where it has none.</summary>
    public string? Name => _dependency.Name;

    /// <summary>Its id; a layer's name. The ids that bind are beside it, each with its kind.</summary>
    public string Key => _dependency.Id;

    /// <summary>True where it shares data with what it hangs on; false where it is a copy.</summary>
    public bool Linked => _dependency.IsLinked;

    /// <summary>True for the volume that was asked for.</summary>
    public bool Subject => _dependency.IsSubject;

    /// <summary>The volume's id; null for all else.</summary>
    public Guid? VolumeId => IdOf("Volume");

    /// <summary>The snapshot's id; null for all else.</summary>
    public Guid? SnapshotId => IdOf("Snapshot");

    /// <summary>The image's id; null for all else.</summary>
    public Guid? ImageId => IdOf("Image");

    public override string ToString() => Name ?? Key;

    private Guid? IdOf(string kind) => Kind == kind && Guid.TryParse(Key, out Guid id) ? id : null;
}
