namespace OpenStackStorage.Services;

/// <content>What was true when a process died.</content>
public sealed partial class FileVolumeDriver
{
    private static readonly IReadOnlyDictionary<string, string> NoState = new Dictionary<string, string>();

    /// <inheritdoc/>
    /// <remarks>
    /// A volume without a state was never finished: its files go, or get back the name that they had before they were to be
    /// taken over. After a linked clone that died, its source is to be recovered too: it may have been given a layer.
    /// </remarks>
    public DriverTruth Recover(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots) => Guarded(() => RecoverData(volume, compacts: true));

    /// <param name="compacts">Also finish merges, which may take long.</param>
    private DriverTruth RecoverData(Volume volume, bool compacts)
    {
        foreach (string name in _folder.Names(LayerNames.First(volume.Id)).Where(name => name.Contains(LayerNames.PartialMark, StringComparison.Ordinal)))
            _folder.Delete(name);
        bool isUnfinished = !volume.DriverState.ContainsKey(BaseFormatKey);
        if (_folder.Exists(LayerNames.Deleted(volume.Id)))
            FinishDeletion(volume, clearMiB: 0, new WorkProgress(), CancellationToken.None);
        else if (isUnfinished)
            Undo(volume.Id);
        if (isUnfinished || !HasData(volume.Id))
        {
            _folder.Delete(LayerNames.Managed(volume.Id));
            RemoveStaleMarks(volume.Id);
            return new DriverTruth(false, 0, NoState, []);
        }

        LayerChain chain;
        try
        {
            chain = ReadChain(volume);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.VolumeDamaged)
        {
            return new DriverTruth(true, volume.SizeGiB, volume.DriverState, [.. VolumeInfo.Read(_folder, volume.Id).Snapshots.Keys]); // Inspect says what is wrong
        }

        foreach (string layer in LayerFiles(volume.Id).Where(layer => !chain.Has(layer) && !_marks.IsOrphan(layer)))
            RemoveLayer(layer, clearMiB: 0, new WorkProgress(), CancellationToken.None);
        RemoveStaleMarks(volume.Id);
        RepairMarks(chain);
        if (compacts)
            TryCompact(volume);
        Layer active = ReadActive(volume, VolumeInfo.Read(_folder, volume.Id));
        return new DriverTruth(true, (int)((active.VirtualSize + GiB - 1) / GiB), StateOf(volume, VolumeInfo.Read(_folder, volume.Id)), [.. chain.Info.Snapshots.Keys]);
    }

    /// <summary>A first layer that is an orphan was the volume's, and is others' now.</summary>
    private bool HasData(VolumeId volume) =>
        _folder.Exists(LayerNames.Info(volume)) || (_folder.Exists(LayerNames.First(volume)) && !_marks.IsOrphan(LayerNames.First(volume)));

    /// <summary>Removes what was made of a volume that was never finished, or gives it back.</summary>
    private void Undo(VolumeId volume)
    {
        string first = LayerNames.First(volume);
        if (_folder.ReadText(LayerNames.Managed(volume)) is { } original)
        {
            if (_folder.Exists(first) && IsForeignName(original))
                _folder.Move(first, original, overwrite: false);
            return;
        }

        foreach (string layer in LayerFiles(volume))
            RemoveLayer(layer, clearMiB: 0, new WorkProgress(), CancellationToken.None);
        _folder.Delete(LayerNames.Info(volume));
    }

    /// <summary>Takes back what marks say of layers of the volume that are not there, or do not read through the marked one.</summary>
    private void RemoveStaleMarks(VolumeId volume)
    {
        IReadOnlyList<string> known = _marks.Known();
        foreach (string layer in known)
        {
            string[] stale = [.. _marks.Marked(layer).Where(child => LayerNames.IsLayerOf(volume, child) && !IsChild(layer, child))];
            if (_folder.Exists(layer))
            {
                foreach (string child in stale)
                    Release(layer, child, clearMiB: 0, new WorkProgress(), CancellationToken.None);
            }
            else if ((stale.Length > 0 || LayerNames.IsLayerOf(volume, layer) || !_marks.Marked(layer).Any()) && !Children(layer).Any())
            {
                foreach (string parent in known.Where(parent => _marks.Marked(parent).Contains(layer)))
                    Release(parent, layer, clearMiB: 0, new WorkProgress(), CancellationToken.None);
                ForgetLayer(layer);
            }
        }
    }

    /// <summary>Marks say again who reads through whom, and what the layers beneath are.</summary>
    private void RepairMarks(LayerChain chain)
    {
        foreach ((Layer above, Layer layer) in chain.Layers.Zip(chain.Layers.Skip(1)).Where(pair => LayerNames.IsLayerOf(chain.Volume, pair.First.Name)))
        {
            using (_marks.Lock(layer.Name))
            {
                _marks.Add(layer.Name, above.Name);
                if (!_marks.HasRecord(layer.Name))
                    _marks.Record(layer.Name);
            }
        }

        string active = chain.Active.Name;
        if (!_marks.IsKnown(active))
            return;
        using (_marks.Lock(active))
        {
            if (!Children(active).Any())
                _marks.Forget(active);
        }
    }

    /// <summary>What a merge that died had begun is finished; where that can't be now, the layers are valid as they are.</summary>
    private void TryCompact(Volume volume)
    {
        try
        {
            Compact(volume, new WorkProgress(), CancellationToken.None);
        }
        catch (StorageException)
        {
            // Its data is right; what is wrong with a layer, Inspect says.
        }
    }
}
