using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Backends;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Volumes in memory, with drivers that fail and processes that die.</summary>
public abstract class VolumeLabTest : IDisposable
{
    private protected static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    private protected VolumeLab Lab { get; } = new();

    private protected VolumeService Owner => Lab.As(VolumeServiceConformance.Owner);

    public void Dispose()
    {
        Lab.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A volume of 1 GiB on backend b1.</summary>
    private protected Volume OnFirst() => Owner.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);

    private protected byte[] Write(VolumeId volume)
    {
        byte[] data = Samples.Noise(1 << 20);
        using ImageEditor editor = new(Lab.DriverFor(volume).OpenWritable(Lab.Find(volume)));
        editor.Write(default, data);
        editor.Close();
        return data;
    }

    private protected byte[] Read(VolumeId volume)
    {
        byte[] bytes = new byte[1 << 20];
        using DiskImage disk = Lab.DriverFor(volume).Open(Lab.Find(volume), null);
        new ImageReader(disk).Read(default, bytes);
        return bytes;
    }

    private protected void Die(string at, Action<VolumeService> operation)
    {
        (VolumeServiceParts parts, DyingCatalog catalog) = Lab.Dying();
        Action<string> step = name =>
        {
            catalog.IsDead |= name == at;
            if (catalog.IsDead)
                throw new ServiceException(ErrorIds.CatalogBusy, "This process is dead.");
        };
        SetSteps(step);
        Assert.Throws<ServiceException>(() => operation(new VolumeService(parts, Admin)));
        SetSteps(_ => { });
        Assert.Single(Lab.Operations());
    }

    private void SetSteps(Action<string> step)
    {
        foreach (Backend backend in Lab.Store.Catalog.Read(reader => reader.List(VolumeTables.Backends)))
            Lab.DriverOf(backend.Name).Step = step;
    }

    private protected static void Fail(MemoryVolumeDriver driver, string at) => driver.Step = step =>
    {
        if (step == at)
            throw new ServiceException(ErrorIds.BackendFull, "injected");
    };

    private protected void Recovered()
    {
        Assert.All(Lab.Store.Recovered, one => Assert.Null(one.Error));
        Lab.AssertQuiet();
    }

    private protected static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
