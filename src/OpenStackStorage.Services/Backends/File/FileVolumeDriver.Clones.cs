using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <content>Clones, which share layers or copy them.</content>
public sealed partial class FileVolumeDriver
{
    /// <inheritdoc/>
    /// <remarks>
    /// What a linked clone shares is never written again: a clone of a volume freezes its active layer, and the volume goes on
    /// in a new one. A chain that has no room for another layer is copied.
    /// </remarks>
    public DriverClone Clone(Volume volume, Volume source, VolumeSnapshot? snapshot, bool linked, WorkProgress progress, CancellationToken token) => Guarded(() =>
    {
        LayerChain chain = ReadChain(source, snapshot?.Id);
        Layer content = snapshot is null ? chain.Active : chain.ContentOf(snapshot.Id);
        if (content.VirtualSize > volume.SizeGiB * GiB)
            throw new ServiceException(ErrorIds.VolumeSizeInvalid, $"The source has {content.VirtualSize} bytes, and volume {volume.Id} {volume.SizeGiB} GiB.") { Target = volume.Id.ToString() };
        return linked && chain.Layers.Count < MaximumLayers
            ? CloneLinked(volume, source, chain, snapshot is null ? null : content)
            : CloneFull(volume, source, content, progress, token);
    });

    /// <inheritdoc/>
    /// <remarks>The lowest layer of its own gets what shows through from beneath; what it shows stays the same, so that layers above it stay valid.</remarks>
    public IReadOnlyDictionary<string, string> Flatten(Volume volume, WorkProgress progress, CancellationToken token) => Guarded(() =>
    {
        LayerChain chain = ReadChain(volume);
        RequireIdle(chain.Active.Name);
        Layer lowest = chain.Own[^1];
        if (lowest.Parent is not { } parent)
            return volume.DriverState;
        using (_marks.IsKnown(lowest.Name) ? _marks.Lock(lowest.Name) : null)
        {
            string[] children = [.. Children(lowest.Name)];
            _marks.ForgetRecord(lowest.Name);
            LayerGate gate = new(_folder, _marks);
            using (ImageEditor editor = new(OpenForWriting(lowest, locks: true)))
            {
                foreach (string child in children)
                    Introduce(editor.Image, child, isMerged: false);
                ImageRebase.Rebase(editor, null, null, Environment.ProcessorCount, progress, token);
                foreach (string child in children)
                    Introduce(editor.Image, child, isMerged: true);
            }

            if (children.Length > 0)
                _marks.Record(lowest.Name);
        }

        Release(parent, lowest.Name, clearMiB: 0, new WorkProgress(), CancellationToken.None);
        return volume.DriverState;
    });

    private DriverClone CloneFull(Volume volume, Volume source, Layer content, WorkProgress progress, CancellationToken token) => new(
        Making(volume, () =>
        {
            using DiskImage disk = OpenLayer(content);
            CopyInto(volume, disk, progress, token);
            return StateOf(_options.Format, _options.Format);
        }),
        source.DriverState);

    /// <param name="content">The layer that the clone reads through; null for what the source is now.</param>
    private DriverClone CloneLinked(Volume volume, Volume source, LayerChain chain, Layer? content)
    {
        RequireAbsent(volume.Id);
        return Undoing([volume with { DriverState = NoState }, source], () =>
        {
            content ??= Freeze(source, chain);
            DiskImageFormat format = OverlayOf(content.Format);
            string name = LayerNames.First(volume.Id);
            using (_marks.Lock(content.Name))
            {
                LayerGate.RequireUnchanged(_folder, _marks, content.Name);
                _marks.Add(content.Name, name);
                MakeLayer(name, format, volume.SizeGiB * GiB, content, LayerMarks.FolderOf(content.Name), "");
            }

            VolumeInfo info = VolumeInfo.Read(_folder, source.Id);
            return new DriverClone(StateOf(format, format), StateOf(source, info));
        });
    }

    /// <summary>The layer that holds what the volume is now and is not written any more.</summary>
    private Layer Freeze(Volume source, LayerChain chain)
    {
        while (true)
        {
            if (chain.Layers.Count > 1 && HoldsNothing(chain.Active, chain.Layers[1]))
                return chain.Layers[1];
            if (TryPutLayerAbove(source, chain, Guid.NewGuid(), snapshot: null))
                return chain.Active;
            chain = ReadChain(source); // another clone has just done it
        }
    }

    /// <summary>True for a layer that shows just what is beneath it: nothing was written since it was made.</summary>
    private bool HoldsNothing(Layer layer, Layer beneath)
    {
        using DiskImage image = ImageFormats.Open(_folder.OpenLocked(layer.Name), new ImageOpenOptions { Format = layer.Format, OpensBacking = false });
        GuestOffset end = new(image.VirtualSize);
        for (GuestOffset at = default; at < end;)
        {
            Extent extent = image.Map(at, end);
            if (extent.Kind is not (ExtentKind.Backing or ExtentKind.Unallocated))
                return false;
            at = extent.End;
        }

        return layer.VirtualSize >= beneath.VirtualSize;
    }

    /// <summary>Has a child go on knowing a layer that is being changed beneath it, where it knows it by its content.</summary>
    private void Introduce(WritableImage target, string child, bool isMerged)
    {
        if (target.Format != DiskImageFormat.Vhdx)
            return;
        bool isRecorded = _marks.IsKnown(child) && _marks.HasRecord(child);
        if (isRecorded)
            _marks.ForgetRecord(child);
        _folder.Step($"introduce {target.File.Path} to {child}");
        ImageMerge.Introduce(target, _folder[child], DiskImageFormat.Vhdx, isMerged);
        if (isRecorded)
            _marks.Record(child);
    }
}
