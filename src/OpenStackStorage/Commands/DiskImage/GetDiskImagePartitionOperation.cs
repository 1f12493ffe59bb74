using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which image's partitions to list.</summary>
public sealed record GetDiskImagePartitionRequest(string Path, bool AllowBackingFile = false);

/// <summary>Reads the partition table of the disk in an image, whatever the image's format.</summary>
public static class GetDiskImagePartitionOperation
{
    public static void Run(GetDiskImagePartitionRequest request, ICmdletHost host)
    {
        using DiskImage image = ImageFormats.Open(request.Path, new ImageOpenOptions { Gate = Gates.For(request.AllowBackingFile) });
        PartitionTable table = PartitionTable.Read(new ImageReader(image), image.LogicalSectorSize, request.Path);
        foreach (CheckFinding warning in table.Warnings)
            host.WriteWarning($"'{request.Path}', guest byte {warning.Offset}, {warning.Field}: {warning.Message}");
        if (table.Kind == PartitionTableKind.None)
            host.WriteVerbose($"'{request.Path}' has no partition table; its content is {table.FileSystem ?? "not recognised"}");
        foreach (Partition partition in table.Partitions)
            host.WriteObject(ToModel(request.Path, partition));
    }

    private static DiskImagePartition ToModel(string path, Partition partition) => new()
    {
        Path = path,
        Number = partition.Number,
        Table = partition.Table.ToString(),
        Type = partition.Type,
        Name = partition.Name,
        PartitionId = partition.PartitionId,
        Start = partition.Start.Value,
        Length = partition.Length,
        Bootable = partition.Bootable,
        FileSystem = partition.FileSystem,
    };
}
