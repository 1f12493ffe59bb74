using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <content>What volumes are made of: reading chains, and removing what nobody needs.</content>
public sealed partial class FileVolumeDriver
{
    private static ReadOnlySpan<byte> Qcow2Magic => [(byte)'Q', (byte)'F', (byte)'I', 0xfb];

    public void Delete(Volume volume, int? clearMiB, WorkProgress progress, CancellationToken token) => Guarded(() =>
    {
        VolumeInfo? info = VolumeInfo.Find(_folder, volume.Id, LayerNames.Info(volume.Id));
        string active = info?.Active ?? LayerNames.First(volume.Id);
        if (_folder.Exists(active))
            RequireIdle(active);
        if (info is not null)
        {
            _folder.Move(LayerNames.Info(volume.Id), LayerNames.Deleted(volume.Id), overwrite: true); // from here on it is only finished
            _folder.Flush();
        }

        FinishDeletion(volume, clearMiB, progress, token);
    });

    private static DiskImageFormat FormatOf(Volume volume) =>
        volume.DriverState.TryGetValue(BaseFormatKey, out string? name) && ImageFormats.Find(name) is { } format
            ? format.Format
            : throw new ServiceException(ErrorIds.VolumeDamaged, $"No format is recorded of volume {volume.Id}.") { Target = volume.Id.ToString() };

    private Layer ReadActive(Volume volume, VolumeInfo info)
    {
        DiskImageFormat first = FormatOf(volume);
        return Layer.Read(_folder, info.Active, info.Active == LayerNames.First(volume.Id) ? first : OverlayOf(first));
    }

    /// <summary>Reads the headers from the active layer down. What another process changes meanwhile is read again: it fails where the same layer fails twice.</summary>
    private LayerChain ReadChain(Volume volume, SnapshotId? deepEnoughFor = null)
    {
        string? failed = null;
        while (true)
        {
            try
            {
                return ReadChainOnce(volume, deepEnoughFor);
            }
            catch (StorageException error) when (error.Target != failed)
            {
                failed = error.Target;
            }
        }
    }

    private LayerChain ReadChainOnce(Volume volume, SnapshotId? deepEnoughFor)
    {
        VolumeInfo info = VolumeInfo.Read(_folder, volume.Id);
        LayerChain chain = new(volume.Id, info, ReadLayers(ReadActive(volume, info)));
        if (deepEnoughFor is { } snapshot)
            chain.ContentOf(snapshot);
        return chain;
    }

    private List<Layer> ReadLayers(Layer top)
    {
        List<Layer> layers = [top];
        while (layers[^1] is { Parent: { } parent, ParentFormat: { } format })
        {
            if (layers.Exists(layer => layer.Name == parent))
                throw DriverErrors.Damaged(_folder[parent], "the chain comes back to it");
            layers.Add(Layer.Read(_folder, parent, format));
        }

        return layers;
    }

    /// <summary>Removes the layers that nobody else needs, topmost first; the others belong to no volume from then on.</summary>
    private void FinishDeletion(Volume volume, int? clearMiB, WorkProgress progress, CancellationToken token)
    {
        foreach (string layer in OwnFiles(volume))
            RemoveLayer(layer, clearMiB, progress, token);
        _folder.Delete(LayerNames.Managed(volume.Id));
        _folder.Delete(LayerNames.Deleted(volume.Id));
    }

    /// <summary>The volume's files from the top down; where a header can't be read, all that are there. Only a volume with several layers has an info file.</summary>
    private List<string> OwnFiles(Volume volume)
    {
        string first = LayerNames.First(volume.Id);
        if (VolumeInfo.Find(_folder, volume.Id, LayerNames.Deleted(volume.Id)) is not { } info)
            return _folder.Exists(first) ? [first] : [];
        try
        {
            return [.. ReadLayers(ReadActive(volume, info)).Select(layer => layer.Name).Where(name => LayerNames.IsLayerOf(volume.Id, name))];
        }
        catch (StorageException)
        {
            return LayerFiles(volume.Id);
        }
    }

    /// <summary>All files with the name of a layer of the volume, by a look at the whole folder, children before their parents where headers tell.</summary>
    private List<string> LayerFiles(VolumeId volume)
    {
        List<string> left = [.. _folder.Names(LayerNames.First(volume)).Where(name => LayerNames.IsLayerOf(volume, name) && _folder.Exists(name))];
        Dictionary<string, string?> parents = left.ToDictionary(name => name, TryReadParent);
        List<string> ordered = [];
        while (left.Count > 0)
        {
            string next = left.Find(name => !left.Exists(other => other != name && parents[other] == name)) ?? left[0];
            ordered.Add(next);
            left.Remove(next);
        }

        return ordered;
    }

    /// <summary>Removes a layer, and those beneath that were kept for it alone. One with children loses its volume only.</summary>
    private void RemoveLayer(string layer, int? clearMiB, WorkProgress progress, CancellationToken token)
    {
        string? parent = TryReadParent(layer);
        bool isKnown = _marks.IsKnown(layer);
        using (isKnown ? _marks.Lock(layer) : null)
        {
            if (Children(layer).Any())
            {
                _marks.SetOrphan(layer);
                return;
            }

            RemoveFile(layer, clearMiB, progress, token);
        }

        // Its marks go last: until then they lead to what is still to be done.
        if (parent is not null)
            Release(parent, layer, clearMiB, progress, token);
        if (isKnown)
            ForgetLayer(layer);
    }

    /// <summary>Takes from a layer a child that does not read through it any more. With the last one goes a layer that was kept for it.</summary>
    private void Release(string parent, string child, int? clearMiB, WorkProgress progress, CancellationToken token)
    {
        if (!_marks.IsKnown(parent))
            return;
        bool isLast;
        using (_marks.Lock(parent))
        {
            isLast = (_marks.IsOrphan(parent) || !_folder.Exists(parent)) && !Children(parent).Any();
            if (!isLast)
                _marks.Remove(parent, child);
        }

        if (isLast)
            RemoveLayer(parent, clearMiB, progress, token);
    }

    private void ForgetLayer(string layer)
    {
        using (_marks.Lock(layer))
            _marks.Forget(layer);
    }

    /// <summary>What reads through a layer: what is marked so, and says so itself.</summary>
    private IEnumerable<string> Children(string layer) => _marks.Marked(layer).Where(child => IsChild(layer, child));

    private bool IsChild(string layer, string child)
    {
        if (!_folder.Exists(child))
            return false;
        try
        {
            return ReadParent(child) == layer;
        }
        catch (StorageException)
        {
            return true; // unreadable: it may be, and is mended only while the layer is there
        }
    }

    private string? TryReadParent(string layer)
    {
        try
        {
            return _folder.Exists(layer) ? ReadParent(layer) : null;
        }
        catch (StorageException)
        {
            return null;
        }
    }

    /// <summary>
    /// The layer beneath, whatever format this one has. It only tells who may be related: a raw file whose guest wrote the header
    /// of another format names a layer that has no mark of it.
    /// </summary>
    private string? ReadParent(string layer)
    {
        using BlockDevice device = _folder.OpenRead(layer);
        Span<byte> magic = stackalloc byte[8];
        device.ReadPadded(default, magic);
        DiskImageFormat? format = magic.StartsWith(Qcow2Magic) ? DiskImageFormat.Qcow2 : magic.SequenceEqual("vhdxfile"u8) ? DiskImageFormat.Vhdx : null;
        return format is null ? null : LayerNames.FromReference(ImageFormats.Get(format.Value).Describe(device).BackingFile);
    }

    private void RemoveFile(string layer, int? clearMiB, WorkProgress progress, CancellationToken token)
    {
        if (clearMiB == 0 || !_folder.Exists(layer))
        {
            _folder.Delete(layer);
            return;
        }

        // Once it is being overwritten it is nobody's layer.
        string partial = VolumeFolder.PartialOf(layer);
        _folder.Move(layer, partial, overwrite: false);
        using (BlockDevice device = _folder.OpenWrite(partial))
            LayerWipe.Run(device, clearMiB, progress, token);
        _folder.Delete(partial);
    }
}
