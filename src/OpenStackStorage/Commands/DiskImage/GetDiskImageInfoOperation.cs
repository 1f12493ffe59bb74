using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Which image to show.</summary>
public sealed record GetDiskImageInfoRequest(string Path, DiskImageFormat? SourceFormat = null, bool BackingChain = false, bool AllowBackingFile = false);

/// <summary>Reads the header of an image, and of those behind it when asked to.</summary>
public static class GetDiskImageInfoOperation
{
    public static void Run(GetDiskImageInfoRequest request, ICmdletHost host)
    {
        host.WriteObject(DiskImageInfoReader.Read(request.Path, request.SourceFormat));
        if (!request.BackingChain)
            return;
        using DiskImage top = ImageFormats.Open(request.Path, new ImageOpenOptions { Format = request.SourceFormat, Gate = Gates.For(request.AllowBackingFile) });
        foreach (DiskImage image in top.Chain().Skip(1))
            host.WriteObject(DiskImageInfoReader.Read(image.File, image.File.Path, image.Format));
    }
}
