using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume, and the image that is made of it.</summary>
public sealed record ExportCinderVolumeRequest(CinderVolume Volume, VolumeExport Export);

/// <summary>Makes an image of a volume, and outputs the image.</summary>
public static class ExportCinderVolumeOperation
{
    public static void Run(ExportCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        (CinderVolume volume, VolumeExport export) = (request.Volume, request.Export);
        IVolumeService volumes = volume.Connection.Volumes;
        volumes.DryRun().Export(volume.Id, export, new WorkProgress(), CancellationToken.None);
        if (!host.ShouldProcess(volume.ToString(), $"Make the {ImageWords.Of(export.Visibility)} image '{export.Name}' of format {ImageWords.Of(export.DiskFormat)} from its {volume.SizeGiB} GiB"))
            return;
        host.Execute(new WorkActivity("Exporting", volume.ToString()), work =>
            work.WriteObject(new GlanceImage(volumes.Export(volume.Id, export, work.Progress, work.Token), volume.Connection)));
    }
}
