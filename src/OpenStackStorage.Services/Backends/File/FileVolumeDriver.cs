using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Volumes as files of one folder or mounted share, laid out as by Cinder's remotefs drivers
/// (<c>cinder/volume/drivers/remotefs.py</c>, <c>nfs.py</c>): <c>docs/design/volumes.md</c> has the layout and the rules. A
/// volume's state holds <c>format</c> and <c>base_format</c>, as Cinder's <c>admin_metadata</c> does: of its active and of its
/// first layer. The formats of layers between are in the headers that name them; no layer's format is ever guessed.
/// </summary>
public sealed partial class FileVolumeDriver : IVolumeDriver
{
    /// <summary>The mark of a backend's folder.</summary>
    internal const string MarkName = ".openstackstorage-backend";

    private const long GiB = 1L << 30;

    private const string FormatKey = "format";
    private const string BaseFormatKey = "base_format";

    /// <summary>Layers of a volume at most: <see cref="ImageOpenOptions.MaximumDepth"/>, with room for the layer that a clone needs.</summary>
    private const int MaximumLayers = 60;

    private readonly Backend _backend;
    private readonly FileBackendOptions _options;
    private readonly VolumeFolder _folder;
    private readonly LayerMarks _marks;

    internal FileVolumeDriver(Backend backend, FileBackendOptions options, Action<string>? step = null)
    {
        _backend = backend;
        _options = options;
        _folder = new VolumeFolder(options.Path, step);
        _marks = new LayerMarks(_folder);
    }

    public DriverCapabilities Capabilities { get; } = new(LinkedClones: true, ExtendInUse: false, SnapshotInUse: false);

    public IReadOnlyDictionary<string, string> Create(Volume volume) => Guarded(() => Making(volume, () =>
    {
        MakeLayer(LayerNames.First(volume.Id), _options.Format, volume.SizeGiB * GiB, parent: null, "");
        return StateOf(_options.Format, _options.Format);
    }));

    public IReadOnlyDictionary<string, string> CreateFrom(Volume volume, DiskImage content, WorkProgress progress, CancellationToken token) => Guarded(() => Making(volume, () =>
    {
        CopyInto(volume, content, progress, token);
        return StateOf(_options.Format, _options.Format);
    }));

    public DiskImage Open(Volume volume, VolumeSnapshot? snapshot) => Guarded(() =>
    {
        LayerChain chain = ReadChain(volume, deepEnoughFor: snapshot?.Id);
        return OpenLayer(snapshot is null ? chain.Active : chain.ContentOf(snapshot.Id));
    });

    public WritableImage OpenWritable(Volume volume) => Guarded(() =>
    {
        while (true)
        {
            Layer active = ReadActive(volume, VolumeInfo.Read(_folder, volume.Id));
            WritableImage image = OpenForWriting(active, locks: true);
            // A snapshot of another process may have ended the layer before it was locked here.
            if (VolumeInfo.Read(_folder, volume.Id).Active == active.Name)
                return image;
            image.Dispose();
        }
    });

    public IReadOnlyDictionary<string, string> Extend(Volume volume, int sizeGiB) => Guarded(() =>
    {
        Layer active = ReadActive(volume, VolumeInfo.Read(_folder, volume.Id));
        using ImageEditor editor = new(OpenForWriting(active, locks: true));
        long old = editor.Length;
        long size = sizeGiB * GiB;
        if (size > old)
        {
            editor.Resize(size);
            if (_options.Thick)
                editor.Preallocate(new GuestOffset(old), size - old, Preallocation.Falloc, new WorkProgress(), CancellationToken.None);
        }

        editor.Close();
        return volume.DriverState;
    });

    /// <inheritdoc/>
    /// <remarks>What nfs.py's <c>initialize_connection</c> tells, and the path for consumers on this node.</remarks>
    public IReadOnlyDictionary<string, string> Connect(Volume volume, IReadOnlyDictionary<string, string> connector, bool readOnly) => Guarded(() =>
    {
        Layer active = ReadActive(volume, VolumeInfo.Read(_folder, volume.Id));
        return (IReadOnlyDictionary<string, string>)new Dictionary<string, string>
        {
            ["driver_volume_type"] = "file",
            ["export"] = _folder.Path,
            ["name"] = active.Name,
            ["format"] = ImageFormats.Get(active.Format).Name,
            ["device_path"] = _folder[active.Name],
            ["access_mode"] = readOnly ? "ro" : "rw",
        };
    });

    public void Disconnect(Volume volume, IReadOnlyDictionary<string, string> connector)
    {
        // A file is reached by its name: there is nothing to take back.
    }

    private static DiskImageFormat OverlayOf(DiskImageFormat format) => format == DiskImageFormat.Vhdx ? DiskImageFormat.Vhdx : DiskImageFormat.Qcow2;

    private static Dictionary<string, string> StateOf(DiskImageFormat active, DiskImageFormat first) => new Dictionary<string, string>
    {
        [FormatKey] = ImageFormats.Get(active).Name,
        [BaseFormatKey] = ImageFormats.Get(first).Name,
    };

    /// <summary>Copies a disk into a new first layer of the volume's size.</summary>
    private void CopyInto(Volume volume, DiskImage content, WorkProgress progress, CancellationToken token)
    {
        long size = volume.SizeGiB * GiB;
        if (content.VirtualSize > size)
            throw new ServiceException(ErrorIds.VolumeSizeInvalid, $"The content has {content.VirtualSize} bytes, and volume {volume.Id} {size}.") { Target = volume.Id.ToString() };
        string name = LayerNames.First(volume.Id);
        string partial = VolumeFolder.PartialOf(name);
        using (BlockDevice device = _folder.CreateNew(partial))
        {
            ConversionOptions options = new() { Format = _options.Format, Create = new ImageCreateOptions { VirtualSize = size, Preallocation = Preallocated } };
            progress.Total = content.VirtualSize;
            ImageConverter.Convert(content, new ImageFile(_folder[name], device), options, progress, token);
        }

        using (ImageEditor editor = new(ImageFormats.OpenWritable(_folder.OpenWrite(partial), new ImageOpenOptions { Format = _options.Format })))
        {
            long old = editor.Length;
            if (old < size)
            {
                editor.Resize(size);
                if (_options.Thick)
                    editor.Preallocate(new GuestOffset(old), size - old, Preallocation.Falloc, new WorkProgress(), token);
            }

            editor.Close();
        }

        _folder.Move(partial, name, overwrite: false);
        _folder.Flush();
    }

    private Preallocation Preallocated => _options.Thick ? Preallocation.Falloc : Preallocation.Off;

    /// <summary>Makes an empty layer on stable storage.</summary>
    /// <param name="parent">The layer beneath; null for none.</param>
    /// <param name="folders">Those whose names are brought there too.</param>
    private void MakeLayer(string name, DiskImageFormat format, long size, Layer? parent, params IReadOnlyList<string> folders)
    {
        // Only a differencing VHDX records what its parent holds. Who makes a layer keeps others from changing the one beneath.
        using DiskImage? backing = parent is not null && format == DiskImageFormat.Vhdx ? OpenLayer(parent, locks: false) : null;
        ImageCreateOptions options = new()
        {
            VirtualSize = size,
            BackingFile = parent?.Name,
            BackingFormat = parent?.Format,
            Backing = backing,
            Preallocation = parent is null ? Preallocated : Preallocation.Off,
        };
        using BlockDevice device = _folder.CreateNew(name);
        using (ImageWriter writer = ImageFormats.Get(format).Create(device, options))
        {
            writer.Preallocate(new WorkProgress(), CancellationToken.None);
            writer.Finish();
        }

        _folder.Flush(device, folders);
    }

    private DiskImage OpenLayer(Layer layer, bool locks = true)
    {
        LayerGate gate = new(_folder, _marks, locks);
        return ImageFormats.Open(LayerGate.OpenUnchanged(_folder, _marks, layer.Name, locks), new ImageOpenOptions { Format = layer.Format, Gate = gate });
    }

    private WritableImage OpenForWriting(Layer layer, bool locks) =>
        ImageFormats.OpenWritable(_folder.OpenWrite(layer.Name), new ImageOpenOptions { Format = layer.Format, Gate = new LayerGate(_folder, _marks, locks) });

    /// <summary>Refuses a volume that is open anywhere.</summary>
    private void RequireIdle(string layer) => _folder.OpenWrite(layer).Dispose();

    /// <summary>Makes a new volume's data; what was made goes where that fails.</summary>
    private IReadOnlyDictionary<string, string> Making(Volume volume, Func<IReadOnlyDictionary<string, string>> body)
    {
        RequireAbsent(volume.Id);
        return Undoing([volume with { DriverState = NoState }], body);
    }

    private void RequireAbsent(VolumeId volume)
    {
        string first = LayerNames.First(volume);
        if (_folder.Exists(first) && _marks.IsOrphan(first))
        {
            throw new ServiceException(ErrorIds.VolumeConflict, $"Volume {volume} was in backend '{_backend.Name}' before, and what it held there stays for those that share it: {string.Join(", ", Children(first))}.")
            {
                Target = volume.ToString(),
                Found = $"'{_folder[first]}'",
                Expected = "a backend that holds nothing of it",
                Remedy = "Give them data of their own with Merge-CinderVolume, or remove them.",
            };
        }

        if (_folder.Exists(first) || _folder.Exists(LayerNames.Info(volume)))
            throw new ServiceException(ErrorIds.VolumeConflict, $"'{_folder[first]}' exists already.") { Target = volume.ToString() };
    }

    /// <summary>Does a change; where it fails, volumes get back what they had.</summary>
    private T Undoing<T>(Volume[] volumes, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception error) when (error is StorageException or OperationCanceledException)
        {
            foreach (Volume volume in volumes)
                TryUndo(volume);
            throw;
        }
    }

    private void TryUndo(Volume volume)
    {
        try
        {
            RecoverData(volume, compacts: false);
        }
        catch (StorageException)
        {
            // What made the change fail is the news. A later recovery finds the same.
        }
    }

    private void Guarded(Action body) => Guarded(() =>
    {
        body();
        return true;
    });

    private T Guarded<T>(Func<T> body)
    {
        try
        {
            RequireThere();
            return body();
        }
        catch (StorageException error)
        {
            StorageException translated = DriverErrors.Translate(error, _backend.Name, _folder);
            if (ReferenceEquals(translated, error) && translated.Id != ErrorIds.VolumeDamaged)
                throw;
            // A layer that is missing may be missing with all others.
            if (translated.Id == ErrorIds.VolumeDamaged)
                RequireThere();
            throw translated;
        }
    }

    private void RequireThere()
    {
        if (!_folder.Exists(MarkName))
        {
            throw DriverErrors.Unavailable(_backend.Name, _folder.Path, Directory.Exists(_folder.Path)
                ? $"has no mark '{MarkName}': its share is not mounted, or it is another folder"
                : "does not exist");
        }
    }
}
