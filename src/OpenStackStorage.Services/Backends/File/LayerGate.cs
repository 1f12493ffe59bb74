using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>Opens what a layer names as the layer behind it: a file of this folder that has a layer's name and is what it was when the layer was made.</summary>
/// <param name="locks">Say to other programs that the files are being read.</param>
internal sealed class LayerGate(VolumeFolder folder, LayerMarks marks, bool locks = true) : OpenGate
{
    public override BlockDevice Open(ImageReference reference)
    {
        string? name = LayerNames.FromReference(reference.Name);
        if (!LayerNames.TryParse(name, out _))
            throw DriverErrors.Damaged(reference.From.Path, $"it names '{reference.Name}' as the layer beneath, which is none of this folder's");
        return OpenUnchanged(folder, marks, name, locks);
    }

    /// <summary>Opens first and looks then: what is open is changed by nobody, so a merge that runs is no change behind our back.</summary>
    public static BlockDevice OpenUnchanged(VolumeFolder folder, LayerMarks marks, string layer, bool locks)
    {
        if (!folder.Exists(layer))
            throw DriverErrors.Damaged(folder[layer], "it is missing");
        BlockDevice device = locks ? folder.OpenLocked(layer) : folder.OpenRead(layer);
        try
        {
            RequireUnchanged(folder, marks, layer);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeDamaged"/>, naming the layer.</exception>
    public static void RequireUnchanged(VolumeFolder folder, LayerMarks marks, string layer)
    {
        if (!folder.Exists(layer))
            throw DriverErrors.Damaged(folder[layer], "it is missing");
        if (marks.FindChange(layer) is { } change)
            throw DriverErrors.Damaged(folder[layer], $"it was changed behind the layers above it: {change}");
    }
}
