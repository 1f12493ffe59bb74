using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <content>Snapshots, by remotefs' rules; they are in its <c>_create_snapshot</c> and <c>_delete_snapshot</c>.</content>
public sealed partial class FileVolumeDriver
{
    public DriverChange CreateSnapshot(Volume volume, VolumeSnapshot snapshot) => Guarded(() => Undoing([volume], () =>
    {
        LayerChain chain = ReadChain(volume);
        if (!chain.Info.Snapshots.ContainsKey(snapshot.Id))
        {
            if (chain.Layers.Count >= MaximumLayers)
            {
                throw new ServiceException(ErrorIds.VolumeConflict, $"Volume {volume.Id} has {chain.Layers.Count} layers, and no image is opened through more than {MaximumLayers}.")
                {
                    Target = volume.Id.ToString(),
                    Remedy = "Remove snapshots, or expand the volume so that it shares no layers.",
                };
            }

            if (!TryPutLayerAbove(volume, chain, snapshot.Id.Value, snapshot.Id))
                throw new ServiceException(ErrorIds.VolumeConflict, $"Volume {volume.Id} is being changed by another process.") { Target = volume.Id.ToString() };
        }

        return new DriverChange(StateOf(volume, VolumeInfo.Read(_folder, volume.Id)), new Dictionary<string, string>());
    }));

    /// <inheritdoc/>
    /// <remarks>
    /// First the snapshot loses its name; that is the deletion. Then layers that no name and no clone needs are merged into
    /// those beneath. Where the medium has no room for that they stay: they are valid, and merged another time.
    /// </remarks>
    public IReadOnlyDictionary<string, string> DeleteSnapshot(Volume volume, VolumeSnapshot snapshot, WorkProgress progress, CancellationToken token) => Guarded(() =>
    {
        LayerChain chain = ReadChain(volume);
        if (chain.Info.Snapshots.ContainsKey(snapshot.Id))
        {
            RequireIdle(chain.Active.Name);
            foreach (Layer layer in chain.Layers.Skip(1))
                LayerGate.RequireUnchanged(_folder, _marks, layer.Name);
            chain.Info.Without(snapshot.Id).Write(_folder, volume.Id);
        }

        try
        {
            Compact(volume, progress, token);
        }
        catch (StorageException error) when (error.Id == ErrorIds.InsufficientSpace)
        {
            // What has been merged so far is hidden by the layer that it came from.
        }

        return StateOf(volume, VolumeInfo.Read(_folder, volume.Id));
    });

    /// <inheritdoc/>
    /// <remarks>
    /// remotefs deletes the active file and makes it anew; here the new one takes its place at once. Layers that clones froze
    /// above the snapshot go to them.
    /// </remarks>
    public IReadOnlyDictionary<string, string> Revert(Volume volume, VolumeSnapshot snapshot) => Guarded(() => Undoing([volume], () =>
    {
        LayerChain chain = ReadChain(volume);
        Layer content = chain.ContentOf(snapshot.Id);
        string above = chain.Info.Snapshots[snapshot.Id];
        string latest = chain.Own.Select(layer => layer.Name).First(name => chain.Info.Snapshots.Values.Contains(name));
        if (above != latest)
        {
            throw new ServiceException(ErrorIds.VolumeConflict, $"Snapshot {snapshot.Id} is not the latest of volume {volume.Id}: layer '{latest}' began later.")
            {
                Target = snapshot.Id.ToString(),
            };
        }

        RequireIdle(chain.Active.Name);
        long size = Math.Max(volume.SizeGiB * GiB, chain.Active.VirtualSize);
        if (above == chain.Active.Name)
            ReplaceActive(chain.Active, content, size);
        else
            GoOnAbove(volume, chain, content, snapshot.Id, size);
        return StateOf(volume, VolumeInfo.Read(_folder, volume.Id));
    }));

    private static Dictionary<string, string> StateOf(Volume volume, VolumeInfo info)
    {
        DiskImageFormat first = FormatOf(volume);
        return StateOf(info.Active == LayerNames.First(volume.Id) ? first : OverlayOf(first), first);
    }

    /// <summary>Ends the active layer, and lets the volume go on in a new one. False where it has gone on already.</summary>
    private bool TryPutLayerAbove(Volume volume, LayerChain chain, Guid moment, SnapshotId? snapshot)
    {
        Layer active = chain.Active;
        string name = LayerNames.Above(volume.Id, moment);
        using (_marks.Lock(active.Name))
        {
            if (VolumeInfo.Read(_folder, volume.Id).Active != active.Name)
                return false;
            // It is held until the info says that it has ended: nobody may begin to write it meanwhile.
            using BlockDevice device = _folder.OpenWrite(active.Name);
            device.Flush(); // what is recorded of it has to be true after a power cut too
            _marks.Add(active.Name, name);
            MakeLayer(name, OverlayOf(active.Format), active.VirtualSize, active, LayerMarks.FolderOf(active.Name));
            chain.Info.With(snapshot, name).Write(_folder, volume.Id);
            _marks.Record(active.Name);
        }

        return true;
    }

    private void ReplaceActive(Layer active, Layer content, long size)
    {
        string partial = VolumeFolder.PartialOf(active.Name);
        MakeLayer(partial, active.Format, size, content);
        _folder.Move(partial, active.Name, overwrite: true);
        _folder.Flush();
    }

    private void GoOnAbove(Volume volume, LayerChain chain, Layer content, SnapshotId snapshot, long size)
    {
        string name = LayerNames.Above(volume.Id, Guid.NewGuid());
        using (_marks.Lock(content.Name))
        {
            _marks.Add(content.Name, name);
            MakeLayer(name, chain.Active.Format, size, content, LayerMarks.FolderOf(content.Name));
            chain.Info.With(snapshot, name).Write(_folder, volume.Id);
        }

        foreach (Layer dropped in chain.Layers.TakeWhile(layer => layer.Name != content.Name))
            RemoveLayer(dropped.Name, clearMiB: 0, new WorkProgress(), CancellationToken.None);
    }

    /// <summary>Merges every layer of the volume that no name and no clone needs into the one beneath.</summary>
    private void Compact(Volume volume, WorkProgress progress, CancellationToken token)
    {
        LayerChain chain = ReadChain(volume);
        for (int at = 0; at + 1 < chain.Own.Count;)
        {
            if (chain.Info.Snapshots.Values.Contains(chain.Layers[at].Name) || !TryMerge(volume, chain, at, progress, token))
                at++;
            else
                chain = ReadChain(volume);
        }
    }

    /// <summary>Merges a layer into the one beneath, where nothing but the volume reads through either.</summary>
    private bool TryMerge(Volume volume, LayerChain chain, int at, WorkProgress progress, CancellationToken token)
    {
        (Layer layer, Layer beneath) = (chain.Layers[at], chain.Layers[at + 1]);
        Layer? above = at == 0 ? null : chain.Layers[at - 1];
        using (_marks.Lock(beneath.Name))
        using (_marks.IsKnown(layer.Name) ? _marks.Lock(layer.Name) : null)
        {
            if (Children(beneath.Name).Any(child => child != layer.Name) || Children(layer.Name).Any(child => child != above?.Name))
                return false;
            RequireIdle(chain.Active.Name);
            LayerGate.RequireUnchanged(_folder, _marks, beneath.Name);
            _marks.ForgetRecord(beneath.Name);
            Merge(layer, beneath, progress, token);
            if (above is null)
                chain.Info.With(null, beneath.Name).Write(_folder, volume.Id);
            else
                Rebase(above, layer, beneath, isActive: at == 1);
            RemoveMerged(layer, beneath, above);
        }

        return true;
    }

    private void Merge(Layer layer, Layer beneath, WorkProgress progress, CancellationToken token)
    {
        using ImageEditor editor = new(OpenForWriting(beneath, locks: false));
        Introduce(editor.Image, layer.Name, isMerged: false);
        using (DiskImage top = OpenLayer(layer, locks: false))
            ImageMerge.Merge(top, top.Backing!, editor, Environment.ProcessorCount, progress, token);
        Introduce(editor.Image, layer.Name, isMerged: true);
    }

    /// <summary>Puts a layer over the one that holds now what was between: <c>qemu-img rebase -u</c>.</summary>
    private void Rebase(Layer above, Layer layer, Layer beneath, bool isActive)
    {
        _marks.Add(beneath.Name, above.Name);
        _marks.Flush(beneath.Name);
        if (_marks.IsKnown(above.Name))
            _marks.ForgetRecord(above.Name);
        using (DiskImage backing = OpenLayer(beneath))
        using (WritableImage image = ImageFormats.OpenWritable(_folder.OpenWrite(above.Name), new ImageOpenOptions { Format = above.Format, OpensBacking = false }))
        {
            image.SetBacking(beneath.Name, backing);
            image.Close();
        }

        _marks.Remove(layer.Name, above.Name);
        if (!isActive)
            _marks.Record(above.Name);
    }

    private void RemoveMerged(Layer layer, Layer beneath, Layer? above)
    {
        _folder.Delete(layer.Name);
        if (_marks.IsKnown(layer.Name))
            _marks.Forget(layer.Name);
        _marks.Remove(beneath.Name, layer.Name);
        if (above is null)
            _marks.Forget(beneath.Name); // it is written again, and nothing reads through it
        else
            _marks.Record(beneath.Name);
    }
}
