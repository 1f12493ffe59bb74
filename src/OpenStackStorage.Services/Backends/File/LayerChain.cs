using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>A layer, as its header and the one above it have it.</summary>
/// <param name="Parent">The layer beneath; null at the bottom.</param>
/// <param name="ParentFormat">Its format, as this layer's header says.</param>
/// <param name="VirtualSize">Bytes of the disk.</param>
internal sealed record Layer(string Name, DiskImageFormat Format, string? Parent, DiskImageFormat? ParentFormat, long VirtualSize)
{
    /// <summary>Reads a layer's header.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeDamaged"/>.</exception>
    public static Layer Read(VolumeFolder folder, string name, DiskImageFormat format)
    {
        if (!folder.Exists(name))
            throw DriverErrors.Damaged(folder[name], "it is missing");
        using BlockDevice device = folder.OpenRead(name);
        if (format == DiskImageFormat.Raw)
            return new Layer(name, format, null, null, device.Length);
        ImageDescription description = ImageFormats.Get(format).Describe(device);
        if (description.BackingFile is null)
            return new Layer(name, format, null, null, description.VirtualSize);
        string? parent = LayerNames.FromReference(description.BackingFile);
        if (!LayerNames.TryParse(parent, out _))
            throw DriverErrors.Damaged(folder[name], $"it names '{description.BackingFile}' as the layer beneath, which is none of this folder's");
        DiskImageFormat parentFormat = description.BackingFormat is { } text && ImageFormats.Find(text) is { } known
            ? known.Format
            : throw DriverErrors.Damaged(folder[name], "it does not say what format the layer beneath has");
        return new Layer(name, format, parent, parentFormat, description.VirtualSize);
    }
}

/// <summary>A volume's layers, topmost first, its own and those that it shares.</summary>
internal sealed record LayerChain(VolumeId Volume, VolumeInfo Info, IReadOnlyList<Layer> Layers)
{
    public Layer Active => Layers[0];

    /// <summary>Those that are the volume's, topmost first.</summary>
    public IReadOnlyList<Layer> Own => [.. Layers.TakeWhile(layer => LayerNames.IsLayerOf(Volume, layer.Name))];

    public bool Has(string name) => Layers.Any(layer => layer.Name == name);

    /// <summary>The layer that a snapshot's content ends with.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotNotFound"/>, <see cref="ErrorIds.VolumeDamaged"/>.</exception>
    public Layer ContentOf(SnapshotId snapshot)
    {
        string above = Info.Snapshots.GetValueOrDefault(snapshot)
            ?? throw new ServiceException(ErrorIds.SnapshotNotFound, $"Volume {Volume} keeps no snapshot {snapshot}.") { Target = snapshot.ToString() };
        return Layers.SkipWhile(layer => layer.Name != above).Skip(1).FirstOrDefault()
            ?? throw DriverErrors.Damaged(above, $"it began with snapshot {snapshot}, and no layer is beneath it");
    }
}
