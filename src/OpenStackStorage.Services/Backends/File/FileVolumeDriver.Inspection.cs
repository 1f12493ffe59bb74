using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <content>What there is, what it is made of, and what is wrong with it. Changes nothing.</content>
public sealed partial class FileVolumeDriver
{
    private const string ProbeName = ".openstackstorage-probe";

    public void Check() => Guarded(() =>
    {
        FileBackendMark? mark = FileBackendMark.Read(_folder);
        if (mark?.Backend != _backend.Name)
            throw DriverErrors.Unavailable(_backend.Name, _folder.Path, $"belongs to backend '{mark?.Backend}'");
        string probe = VolumeFolder.PartialOf(ProbeName);
        _folder.CreateNew(probe).Dispose();
        _folder.Delete(probe);
    });

    public IReadOnlyList<DriverPool> GetPools() => Guarded(() =>
    {
        StoreSpace? space = FolderSpace.Find(_folder.Path)?.Space;
        string name = Path.GetFileName(_folder.Path);
        Dictionary<string, string> capabilities = new()
        {
            ["storage_protocol"] = "file",
            ["vendor_name"] = "OpenStackStorage",
            ["driver_version"] = "1.0",
        };
        if (_options.Tier is { } tier)
            capabilities["tier"] = tier;
        return (IReadOnlyList<DriverPool>)
        [
            new DriverPool(name.Length > 0 ? name : _backend.Name, ToGiB(space?.Total), ToGiB(space?.Free), Thin: !_options.Thick, Thick: _options.Thick, Multiattach: false)
            {
                Capabilities = capabilities,
            },
        ];
    });

    public IReadOnlyList<DriverLayer> GetLayers(Volume volume) => Guarded(() =>
    {
        LayerChain chain = ReadChain(volume);
        List<DriverLayer> layers = [];
        string? above = null;
        foreach (Layer layer in chain.Layers)
        {
            SnapshotId? snapshot = chain.Info.Snapshots.Where(pair => pair.Value == above).Select(pair => (SnapshotId?)pair.Key).FirstOrDefault();
            VolumeId? owner = !_marks.IsOrphan(layer.Name) && LayerNames.TryParseOwner(layer.Name, out VolumeId id) ? id : null;
            layers.Add(new DriverLayer(layer.Name, layer.Parent, ImageFormats.Get(layer.Format).Name, owner, snapshot, AllocatedBytes(layer.Name)));
            above = layer.Name;
        }

        return (IReadOnlyList<DriverLayer>)layers;
    });

    public IEnumerable<DriverFinding> Inspect(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, bool deep, WorkProgress progress, CancellationToken token) => Guarded(() =>
    {
        List<DriverFinding> findings = [];
        foreach (string name in _folder.Names(LayerNames.First(volume.Id)).Where(name => name.Contains(LayerNames.PartialMark, StringComparison.Ordinal)))
            findings.Add(new DriverFinding("Leftover", _folder[name], "It is left of a change that did not end.", CanRepair: true));
        if (!HasData(volume.Id))
        {
            findings.Add(new DriverFinding("LayerMissing", _folder[LayerNames.First(volume.Id)], "The volume has no data.", CanRepair: false));
            return findings;
        }

        LayerChain? chain = InspectChain(volume, findings);
        if (chain is null)
            return findings;
        foreach (VolumeSnapshot snapshot in snapshots.Where(snapshot => !chain.Info.Snapshots.ContainsKey(snapshot.Id)))
            findings.Add(new DriverFinding("SnapshotMissing", _folder[LayerNames.Info(volume.Id)], $"It does not tell of snapshot {snapshot.Id}.", CanRepair: false));
        foreach (SnapshotId snapshot in chain.Info.Snapshots.Keys.Except(snapshots.Select(snapshot => snapshot.Id)))
            findings.Add(new DriverFinding("SnapshotUnknown", _folder[LayerNames.Info(volume.Id)], $"It tells of snapshot {snapshot}, which nobody knows.", CanRepair: false));
        InspectFiles(chain, volume, findings);
        foreach (Layer layer in chain.Layers)
            InspectData(layer, deep, findings, progress, token);
        return findings;
    });

    public IReadOnlyList<DriverFinding> FindOrphans(IReadOnlySet<VolumeId> known) => Guarded(() =>
    {
        List<DriverFinding> findings = [];
        foreach (string name in _folder.Names("volume-"))
        {
            if (!LayerNames.TryParseOwner(name, out VolumeId owner) || known.Contains(owner))
                continue;
            bool isLayer = LayerNames.TryParse(name, out _);
            if (isLayer && _marks.IsOrphan(name) && Children(name).Any())
                continue; // it stays for others
            findings.Add(new DriverFinding("Orphan", _folder[name], $"It has the name of volume {owner}, which nobody knows.", CanRepair: false));
        }

        return (IReadOnlyList<DriverFinding>)findings;
    });

    private static double? ToGiB(long? bytes) => bytes is { } known ? (double)known / GiB : null;

    private long AllocatedBytes(string layer)
    {
        using BlockDevice device = _folder.OpenRead(layer);
        return device.AllocatedLength;
    }

    /// <summary>The chain as far as it can be read; null where that is not to the end.</summary>
    private LayerChain? InspectChain(Volume volume, List<DriverFinding> findings)
    {
        try
        {
            return ReadChain(volume);
        }
        catch (StorageException error)
        {
            string place = error.Target ?? _folder.Path;
            string code = place.EndsWith(".info", StringComparison.Ordinal) ? "InfoDamaged" : File.Exists(place) ? "LayerDamaged" : "LayerMissing";
            findings.Add(new DriverFinding(code, place, error.Message, CanRepair: false));
            return null;
        }
    }

    private void InspectFiles(LayerChain chain, Volume volume, List<DriverFinding> findings)
    {
        if (chain.Active.VirtualSize > volume.SizeGiB * GiB)
            findings.Add(new DriverFinding("SizeDiffers", _folder[chain.Active.Name], $"Its disk has {chain.Active.VirtualSize} bytes, and the volume {volume.SizeGiB} GiB.", CanRepair: false));
        foreach (string layer in LayerFiles(volume.Id).Where(layer => !chain.Has(layer) && !_marks.IsOrphan(layer)))
            findings.Add(new DriverFinding("Leftover", _folder[layer], "The volume does not read through it.", CanRepair: true));
        foreach ((Layer above, Layer layer) in chain.Layers.Zip(chain.Layers.Skip(1)))
        {
            if (_marks.FindChange(layer.Name) is { } change)
                findings.Add(new DriverFinding("ParentChanged", _folder[layer.Name], $"It was changed behind the layers above it: {change}.", CanRepair: false));
            if (!_marks.Marked(layer.Name).Contains(above.Name))
                findings.Add(new DriverFinding("MarkMissing", _folder[layer.Name], $"Nothing says that '{above.Name}' reads through it.", CanRepair: LayerNames.IsLayerOf(volume.Id, above.Name)));
        }
    }

    private void InspectData(Layer layer, bool deep, List<DriverFinding> findings, WorkProgress progress, CancellationToken token)
    {
        try
        {
            using BlockDevice device = _folder.OpenLocked(layer.Name);
            foreach (CheckFinding found in ImageFormats.Get(layer.Format).Check(device, deep, progress, token).Where(found => found.Severity == CheckSeverity.Corruption))
                findings.Add(new DriverFinding("FormatDamaged", _folder[layer.Name], $"At byte {found.Offset}, {found.Field}: {found.Message}", CanRepair: false));
        }
        catch (StorageException error) when (error.Id != ErrorIds.ImageInUse)
        {
            findings.Add(new DriverFinding("FormatDamaged", _folder[layer.Name], error.Message, CanRepair: false));
        }
    }
}
