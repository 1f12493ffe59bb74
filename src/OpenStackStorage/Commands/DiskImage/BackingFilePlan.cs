using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>A backing file that the user names for a new image.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Name">How the new image names it: by its file name where both lie in one folder.</param>
internal sealed record BackingFilePlan(string Path, string Name, DiskImageFormat Format, long VirtualSize, OpenGate Gate)
{
    /// <param name="typed">The path as the user wrote it; null for no backing file.</param>
    /// <param name="gate">What decides on the files that the backing file itself names.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.DestinationIsSource"/> when the new image would replace what it is to stand on.</exception>
    public static BackingFilePlan? Make(string? typed, string newImage, OpenGate gate, ICmdletHost host)
    {
        if (typed is null)
            return null;
        string path = host.ResolvePaths(typed, literal: true)[0];
        using DiskImage backing = ImageFormats.Open(path, new ImageOpenOptions { Gate = gate });
        if (System.IO.Path.Exists(newImage))
            ImageConverter.RequireNoSource(backing, newImage);
        bool together = System.IO.Path.GetDirectoryName(path) == System.IO.Path.GetDirectoryName(newImage);
        string name = together ? System.IO.Path.GetFileName(path) : path;
        if (!together)
            host.WriteWarning($"'{path}' is in another folder than '{newImage}': reading the new image will need -AllowBackingFile.");
        host.WriteVerbose($"backing file '{name}' is {ImageFormats.Get(backing.Format).Name} of {ByteSize.Format(backing.VirtualSize)}");
        return new BackingFilePlan(path, name, backing.Format, backing.VirtualSize, gate);
    }

    /// <summary>The format was settled with the plan: opening again does not settle it anew.</summary>
    public DiskImage Open() => ImageFormats.Open(Path, new ImageOpenOptions { Format = Format, Gate = Gate });
}
