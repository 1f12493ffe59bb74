using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>The embedded service answers as every other one, with volumes in memory.</summary>
public sealed class MemoryVolumeServiceTests() : EmbeddedVolumeServiceConformance(null);

/// <summary>And with the driver File.</summary>
public sealed class FileVolumeServiceTests() : EmbeddedVolumeServiceConformance(new FileVolumeDriverFactory());

/// <summary>The embedded service, whatever its driver.</summary>
public abstract class EmbeddedVolumeServiceConformance(IVolumeDriverFactory? factory) : VolumeServiceConformance, IDisposable
{
    private readonly VolumeLab _lab = new(factory);

    public void Dispose()
    {
        _lab.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override IVolumeService As(Identity identity) => _lab.As(identity);

    protected override Image UploadImage(byte[] data, ImageDiskFormat format, Func<ImageSpec, ImageSpec>? change = null) => _lab.UploadImage(data, format, change: change);

    protected override IImageService Images => _lab.Store.Images(Owner);

    protected override Image NewImage() => _lab.Store.Images(Owner).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });

    protected override VolumeType AddType(string name, IReadOnlyDictionary<string, string>? extraSpecs = null, bool isPublic = true) => _lab.Put(VolumeTables.Types, new VolumeType
    {
        Id = Guid.NewGuid(),
        Name = name,
        IsPublic = isPublic,
        ExtraSpecs = extraSpecs ?? new Dictionary<string, string>(),
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    });

    protected override byte[] Read(VolumeId volume, int length)
    {
        byte[] bytes = new byte[length];
        using DiskImage disk = _lab.DriverFor(volume).Open(_lab.Find(volume), null);
        new ImageReader(disk).Read(default, bytes);
        return bytes;
    }

    protected override void Overwrite(VolumeId volume, byte[] data)
    {
        using ImageEditor editor = new(_lab.DriverFor(volume).OpenWritable(_lab.Find(volume)));
        editor.Write(default, data);
        editor.Close();
    }

    protected override void SetStatus(VolumeId volume, VolumeStatus status)
    {
        if (status == VolumeStatus.InUse)
            _lab.Attach(volume);
        else
            _lab.As(Admin).ResetState(volume, status, null, false);
    }
}
