using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

public abstract class FileVolumeDriverConformance(DiskImageFormat format, params (string, string)[] options) : VolumeDriverConformance, IDisposable
{
    private readonly FileDriverLab _lab = new(format, options);

    public void Dispose()
    {
        _lab.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override IVolumeDriver Open() => _lab.Open();
}

public sealed class Qcow2FileVolumeDriverTests() : FileVolumeDriverConformance(DiskImageFormat.Qcow2);

public sealed class RawFileVolumeDriverTests() : FileVolumeDriverConformance(DiskImageFormat.Raw);

public sealed class VhdxFileVolumeDriverTests() : FileVolumeDriverConformance(DiskImageFormat.Vhdx);
